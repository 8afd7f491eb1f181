/* resolve.c: resolves the findings of one trace into the report. */
#include "analyzer/report/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/class_index.h"
#include "analyzer/report/resolve_spans.h"
#include "analyzer/report/text_buffer.h"
#include "threadcheck/trace_format.h"

enum { TEXT_MAX = 4096 };

/* Objects of one finding that would read alike get numbers: "mutex created at pool.c:9 #2". */
static void tell_apart(struct tc_report_finding *finding) {
    size_t count = finding->object_count;
    unsigned *places = tc_alloc((count + 1) * sizeof(*places));
    for (size_t i = 0; i < count; i++) {
        bool alone = true;
        unsigned before = 0;
        for (size_t j = 0; j < count; j++) {
            bool same = j != i && strcmp(finding->objects[j].name, finding->objects[i].name) == 0;
            alone = alone && !same;
            before += same && j < i;
        }
        places[i] = alone ? 0 : before + 1;
    }
    for (size_t i = 0; i < count; i++) {
        if (!places[i])
            continue;
        struct tc_report_object *object = &finding->objects[i];
        struct tc_text text = {0};
        tc_text_printf(&text, "%s #%u", object->name, places[i]);
        free(object->name);
        object->name = tc_text_take(&text);
    }
    free(places);
}

static void resolve_threads(const struct tc_resolver *resolver, const struct tc_finding *from,
                            struct tc_report_finding *finding) {
    const struct tc_filling filling = {resolver, from, finding};
    finding->thread_count = from->thread_count;
    finding->threads = tc_alloc((from->thread_count + 1) * sizeof(*finding->threads));
    for (size_t i = 0; i < from->thread_count; i++)
        finding->threads[i] = tc_resolve_thread(resolver, from->threads[i].thread);
    for (size_t i = 0; i < from->thread_count; i++) {
        const struct tc_finding_thread *source = &from->threads[i];
        struct tc_report_thread *thread = &finding->threads[i];
        thread->stacks = tc_alloc((source->stack_count + 1) * sizeof(*thread->stacks));
        for (size_t j = 0; j < source->stack_count; j++) {
            struct tc_report_stack stack = {0};
            stack.frames = tc_resolve_stack(resolver, source->stacks[j].stack);
            if (!stack.frames.count) /* not recorded: nothing to show */
                continue;
            const char *what = source->stacks[j].what;
            stack.what = tc_resolve_text(&filling, what && *what ? what : "here", false);
            thread->stacks[thread->stack_count++] = stack;
        }
    }
}

static void resolve_finding(const struct tc_resolver *resolver, const struct tc_finding *from,
                            struct tc_report_finding *finding) {
    const struct tc_finding_info *info = &tc_finding_table[from->kind];
    *finding = (struct tc_report_finding){.kind = from->kind,
                                          .kind_name = info->kind,
                                          .severity = from->severity,
                                          .confidence = from->confidence,
                                          .count = from->count ? from->count : 1};
    finding->objects = tc_alloc((from->object_count + 2) * sizeof(*finding->objects));
    for (size_t i = 0; i < from->object_count; i++)
        finding->objects[i] = tc_resolve_object(resolver, from->objects[i]);
    finding->object_count = from->object_count;
    if (from->race && !(from->race->sides[0].flags & TC_RACE_END))
        finding->objects[finding->object_count++] = tc_resolve_race(resolver, from->race);
    tell_apart(finding);
    resolve_threads(resolver, from, finding);
    const struct tc_filling filling = {resolver, from, finding};
    finding->title = tc_resolve_text(&filling, from->title ? from->title : info->title, false);
    finding->explanation =
        tc_resolve_text(&filling, from->explanation ? from->explanation : info->title, true);
    if (from->race)
        tc_race_judge(resolver, from->race, finding);
    if (from->kind == TC_FINDING_LOCK_HELD_AT_THREAD_EXIT)
        tc_exit_judge(finding);
    finding->advice = from->advice ? tc_resolve_text(&filling, from->advice, true) : NULL;
    finding->witness = tc_alloc((from->witness_count + 1) * sizeof(*finding->witness));
    for (size_t i = 0; i < from->witness_count; i++)
        finding->witness[finding->witness_count++] =
            tc_resolve_text(&filling, from->witness[i], true);
    finding->pids = tc_alloc(sizeof(*finding->pids));
    finding->pids[0] = resolver->process->pid;
    finding->pid_count = 1;
    tc_report_identify(finding);
}

static const char *races_of(uint32_t flags) {
    if (flags & TC_HEADER_RACES_FULL)
        return "full";
    return flags & TC_HEADER_RACES_SAMPLE ? "sample" : NULL;
}

static void resolve_process(struct tc_report_process *process,
                            const struct tc_report_source *source) {
    const struct tc_process *model = tc_model_process(source->model);
    *process = (struct tc_report_process){.pid = model->pid,
                                          .parent_pid = model->parent_pid,
                                          .complete = model->complete,
                                          .no_space = model->flags & TC_HEADER_NO_SPACE,
                                          .races = races_of(model->flags),
                                          .lost = model->lost};
    process->executable = tc_clean(model->executable ? model->executable : "", TEXT_MAX);
    process->trace = tc_clean(source->trace, TEXT_MAX);
    process->argv = tc_alloc((model->argc + 1) * sizeof(*process->argv));
    for (uint32_t i = 0; i < model->argc; i++)
        process->argv[process->argc++] = tc_clean(model->argv[i] ? model->argv[i] : "", TEXT_MAX);
    process->has_exit = model->flags & TC_HEADER_EXITING;
    process->exit = (int)(model->exit_status & 0xff);
    if (process->lost)
        tc_report_note(process,
                       "%llu event%s could not be recorded: what follows may be incomplete",
                       (unsigned long long)process->lost, process->lost == 1 ? "" : "s");
    else if (!process->complete && !process->no_space)
        tc_report_note(process, "the trace is incomplete: what follows may be, too");
    if (process->no_space)
        tc_report_note(process,
                       "there was no more space for the trace: from there on only misuse and "
                       "what threads wait for was recorded");
}

/* Takes out what debug information shows to be no race.  Last, as graph and timelines know findings
 * by number. */
static void drop_no_races(struct tc_report *report, const struct tc_resolver *resolver,
                          size_t first) {
    size_t kept = first;
    for (size_t i = first; i < report->finding_count; i++) {
        const struct tc_finding *from = tc_findings_get(resolver->source->findings, i - first);
        if (from->race && tc_race_is_none(resolver, from->race))
            tc_report_finding_free(&report->findings[i]);
        else
            report->findings[kept++] = report->findings[i];
    }
    report->finding_count = kept;
}

struct tc_report_process *tc_report_add(struct tc_report *report, struct tc_symbols *symbols,
                                        const struct tc_report_source *source) {
    report->processes =
        tc_realloc(report->processes, (report->process_count + 1) * sizeof(*report->processes));
    struct tc_report_process *process = &report->processes[report->process_count++];
    resolve_process(process, source);
    struct tc_resolver resolver = {symbols, tc_source_lines_new(), source, process, false};
    resolver.flags_seen = tc_race_any_flag(&resolver);
    size_t count = source->findings ? tc_findings_count(source->findings) : 0;
    report->findings = tc_realloc(report->findings,
                                  (report->finding_count + count + 1) * sizeof(*report->findings));
    size_t first = report->finding_count;
    for (size_t i = 0; i < count; i++)
        resolve_finding(&resolver, tc_findings_get(source->findings, i),
                        &report->findings[report->finding_count++]);
    tc_resolve_graph(report, &resolver, first);
    tc_resolve_profile(report, &resolver);
    tc_resolve_timelines(report, &resolver, first);
    drop_no_races(report, &resolver, first);
    tc_resolve_run(report, &resolver);
    tc_class_forget_places(report);
    tc_source_lines_free(resolver.sources);
    return process;
}
