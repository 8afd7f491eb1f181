/* resolve_spans.c: timelines around findings and of whole runs. */
#include "analyzer/report/resolve_spans.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/lock_class.h"
#include "analyzer/report/text_buffer.h"

struct tc_span_plan tc_report_plan_spans(const struct tc_findings *findings, bool captures,
                                         size_t limit) {
    struct tc_span_plan plan = {.limit = limit};
    for (size_t i = 0; captures && i < tc_findings_count(findings); i++)
        plan.capture_count += tc_findings_get(findings, i)->thread_count;
    plan.captures = tc_alloc_array(plan.capture_count + 1, sizeof *plan.captures);
    size_t at = 0;
    for (size_t i = 0; captures && i < tc_findings_count(findings); i++) {
        const struct tc_finding *finding = tc_findings_get(findings, i);
        for (size_t j = 0; j < finding->thread_count; j++) {
            struct tc_span_capture *capture = &plan.captures[at++];
            const struct tc_finding_thread *thread = &finding->threads[j];
            capture->thread = thread->thread;
            capture->last = finding->confidence == TC_CONFIDENCE_OBSERVED;
            for (size_t k = 0; k < thread->stack_count && !capture->stack; k++)
                capture->stack = thread->stacks[k].stack;
        }
    }
    return plan;
}

/* As the finding calls it, else as its class is called. */
static char *lock_name(struct tc_report *report, const struct tc_resolver *resolver,
                       const struct tc_finding *from, const struct tc_report_finding *finding,
                       uint32_t object) {
    for (size_t i = 0; i < from->object_count && i < finding->object_count; i++)
        if (from->objects[i] == object)
            return tc_strdup(finding->objects[i].name);
    size_t class = tc_lock_class(report, resolver, object); /* may move the classes */
    return tc_strdup(report->classes[class].name);
}

static void add_lane(struct tc_report *report, const struct tc_resolver *resolver,
                     const struct tc_finding *from, const struct tc_report_finding *finding,
                     size_t thread, const struct tc_span_capture *capture,
                     struct tc_report_timeline *timeline) {
    struct tc_report_lane *lane = &timeline->lanes[timeline->count++];
    *lane = (struct tc_report_lane){.index = finding->threads[thread].index,
                                    .tid = finding->threads[thread].tid,
                                    .name = tc_strdup(finding->threads[thread].label)};
    lane->spans = tc_alloc_array(capture->count + 1, sizeof *lane->spans);
    for (size_t i = 0; i < capture->count; i++) {
        const struct tc_span *span = &capture->spans[i];
        lane->spans[lane->count++] = (struct tc_report_span){
            .lock = lock_name(report, resolver, from, finding, span->object),
            .waits = span->waits,
            .exact_from = span->exact_from,
            .exact_to = span->exact_to,
            .open = span->open,
            .from = span->from,
            .to = span->to};
        if (span->from < timeline->start)
            timeline->start = span->from;
        if (span->to > timeline->end)
            timeline->end = span->to;
    }
}

/* Several captures can be of one thread: it stands twice in some findings. */
static bool has_lane(const struct tc_report_timeline *timeline, uint32_t thread) {
    for (size_t i = 0; i < timeline->count; i++)
        if (timeline->lanes[i].index == thread)
            return true;
    return false;
}

void tc_resolve_timelines(struct tc_report *report, const struct tc_resolver *resolver,
                          size_t first) {
    const struct tc_span_plan *plan = resolver->source->spans;
    const struct tc_findings *findings = resolver->source->findings;
    struct tc_report_timelines *all = report->timelines;
    if (!plan || !all || !plan->capture_count)
        return;
    all->entries = tc_realloc_array(all->entries, all->count + tc_findings_count(findings) + 1,
                                    sizeof *all->entries);
    size_t at = 0;
    for (size_t i = 0; i < tc_findings_count(findings); i++) {
        const struct tc_finding *from = tc_findings_get(findings, i);
        const struct tc_report_finding *finding = &report->findings[first + i];
        struct tc_report_timeline timeline = {.start = UINT64_MAX};
        memcpy(timeline.finding, finding->id, sizeof timeline.finding);
        timeline.lanes = tc_alloc_array(from->thread_count + 1, sizeof *timeline.lanes);
        for (size_t j = 0; j < from->thread_count; j++, at++)
            if (plan->captures[at].count && !has_lane(&timeline, from->threads[j].thread))
                add_lane(report, resolver, from, finding, j, &plan->captures[at], &timeline);
        if (timeline.count)
            all->entries[all->count++] = timeline;
        else
            free(timeline.lanes);
    }
}

/* The lane of a thread; made when new. */
static size_t lane_of(struct tc_report_run *run, const struct tc_resolver *resolver,
                      size_t *by_thread, uint32_t thread) {
    if (by_thread[thread])
        return by_thread[thread] - 1;
    struct tc_report_thread resolved = tc_resolve_thread(resolver, thread);
    run->lanes = tc_realloc_array(run->lanes, run->lane_count + 1, sizeof *run->lanes);
    run->lanes[run->lane_count] = (struct tc_report_lane){
        .index = thread, .tid = resolved.tid, .name = tc_strdup(resolved.label)};
    tc_report_thread_free(&resolved);
    by_thread[thread] = ++run->lane_count;
    return run->lane_count - 1;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void tc_resolve_run(struct tc_report *report, const struct tc_resolver *resolver) {
    const struct tc_span_plan *plan = resolver->source->spans;
    struct tc_report_runs *runs = report->runs;
    if (!plan || !runs)
        return;
    runs->entries = tc_realloc_array(runs->entries, runs->count + 1, sizeof *runs->entries);
    struct tc_report_run *run = &runs->entries[runs->count++];
    const char *program =
        resolver->process->argc ? resolver->process->argv[0] : resolver->process->executable;
    *run = (struct tc_report_run){.pid = resolver->process->pid,
                                  .name = tc_strdup(base_name(program)),
                                  .start = resolver->source->start,
                                  .left_out = plan->left_out,
                                  .least = plan->least};
    uint32_t threads = tc_model_thread_count(resolver->source->model);
    size_t *by_thread = tc_alloc_array((size_t)threads + 1, sizeof *by_thread);
    run->spans = tc_alloc_array(plan->all_count + 1, sizeof *run->spans);
    for (size_t i = 0; i < plan->all_count; i++) {
        const struct tc_span *span = &plan->all[i];
        if (span->thread > threads)
            continue;
        bool given = span->giver && span->giver <= threads && span->giver != span->thread;
        run->spans[run->count++] = (struct tc_report_run_span){
            .lane = lane_of(run, resolver, by_thread, span->thread),
            .lock = tc_lock_class(report, resolver, span->object),
            .giver = given ? lane_of(run, resolver, by_thread, span->giver) : SIZE_MAX,
            .waits = span->waits,
            .exact_from = span->exact_from,
            .exact_to = span->exact_to,
            .open = span->open,
            .from = span->from,
            .to = span->to};
    }
    free(by_thread);
}
