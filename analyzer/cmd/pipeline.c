/* pipeline.c: runs the stages: reader, engine with checkers, report. */
#include "analyzer/cmd/pipeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/collect.h"
#include "analyzer/cmd/command.h"
#include "analyzer/cmd/progress.h"
#include "analyzer/cmd/told.h"
#include "analyzer/cmd/trace_list.h"
#include "analyzer/model/engine.h"
#include "analyzer/report/report_life.h"
#include "analyzer/report/resolve.h"
#include "analyzer/report/resolve_spans.h"
#include "trace/std_text.h"

enum { RUN_SPANS = 100000 }; /* of one process, at most, in a timeline of its whole run */

void tc_pipeline_begin(struct tc_pipeline *pipeline, const struct tc_cli *cli) {
    *pipeline =
        (struct tc_pipeline){.cli = cli, .symbols = tc_symbols_new(), .report = tc_report_new()};
    for (size_t i = 0; i < cli->output_count; i++)
        pipeline->parts |= cli->outputs[i].format ? cli->outputs[i].format->parts : 0;
}

void tc_pipeline_end(struct tc_pipeline *pipeline) {
    tc_report_free(pipeline->report);
    tc_symbols_free(pipeline->symbols);
}

static size_t stack_of(void *context, uint32_t stack, const uint64_t **frames, bool *truncated) {
    struct tc_trace_stack found = tc_trace_stack(context, stack);
    *frames = found.frames;
    *truncated = found.flags & TC_STACK_TRUNCATED;
    return found.count;
}

static bool module_of(void *context, uint64_t address, uint32_t stack,
                      struct tc_report_module *module) {
    (void)stack;
    const struct tc_trace_module *found = tc_trace_module_at(context, address);
    if (!found || !found->path || !*found->path)
        return false;
    *module = (struct tc_report_module){.start = found->start,
                                        .end = found->end,
                                        .bias = found->bias,
                                        .build_id = found->build_id,
                                        .build_id_size = found->build_id_size,
                                        .path = found->path};
    return true;
}

static bool code_of(void *context, uint32_t id, struct tc_report_code *code) {
    const struct tc_trace_code *found = tc_trace_code(context, id);
    if (found)
        *code = (struct tc_report_code){found->file, found->name, found->first_line};
    return found != NULL;
}

/* What the shim and the reader have to say of the trace. */
static void add_notes(struct tc_report_process *process, const struct tc_trace *trace) {
    uint32_t flags = tc_trace_header(trace)->flags;
    if (flags & TC_HEADER_COMPACT)
        tc_report_note(process, "recorded in compact form%s: what repeats was counted and left out",
                       flags & TC_HEADER_LIMIT ? ", and up to trace_limit" : "");
    for (size_t i = 0; i < tc_trace_warning_count(trace); i++)
        tc_report_note(process, "%s", tc_trace_warning(trace, i));
    for (size_t i = 0; i < tc_trace_remark_count(trace); i++)
        tc_report_note(process, "%s", tc_trace_remark(trace, i));
    for (size_t i = 0; i < tc_trace_note_count(trace); i++)
        tc_report_note(process, "%s", tc_trace_note(trace, i));
}

/* The checkers that are wanted, those that only look at findings, and the collectors that the
 * wanted parts need; to be freed. */
static const struct tc_checker **listeners(const char *checks, unsigned parts) {
    size_t count = 0, known = 0;
    while (tc_checkers[known])
        known++;
    const struct tc_checker **all = tc_alloc_array(known + 3, sizeof *all);
    for (size_t i = 0; i < known; i++)
        if (!checks || tc_cli_has_name(checks, tc_checkers[i]->name) || !tc_checkers[i]->effects)
            all[count++] = tc_checkers[i];
    if (parts & TC_PART_GRAPH)
        all[count++] = &tc_collector_graph;
    if (parts & TC_PART_PROFILE)
        all[count++] = &tc_collector_profile;
    return all;
}

/* Goes through the trace a second time, when what is to be looked for is known. */
static struct tc_span_plan collect_spans(struct tc_trace *trace, const struct tc_findings *findings,
                                         unsigned parts) {
    struct tc_span_plan plan = tc_report_plan_spans(findings, parts & TC_PART_TIMELINES,
                                                    parts & TC_PART_SPANS ? RUN_SPANS : 0);
    const struct tc_checker *const checkers[] = {&tc_collector_spans, NULL};
    const struct tc_config config = {.spans = &plan};
    if (!plan.capture_count && !plan.limit)
        return plan;
    struct tc_engine *engine = tc_engine_new(trace, checkers, &config, NULL);
    tc_engine_run(engine);
    tc_engine_free(engine);
    return plan;
}

static void use_trace(struct tc_pipeline *pipeline, const char *path, struct tc_trace *trace) {
    struct tc_progress progress;
    struct tc_config config = {.long_hold = pipeline->cli->long_hold,
                               .progress = tc_progress_step,
                               .progress_context = &progress};
    struct tc_findings *findings = tc_findings_new();
    const struct tc_checker **checkers = listeners(pipeline->cli->checks, pipeline->parts);
    struct tc_engine *engine = tc_engine_new(trace, checkers, &config, findings);
    tc_progress_begin(&progress, path, isatty(STDERR_FILENO), tc_progress_now());
    tc_engine_run(engine);
    tc_progress_end(&progress);
    struct tc_span_plan spans = collect_spans(trace, findings, pipeline->parts);
    struct tc_report_source source = {
        .model = tc_engine_model(engine),
        .findings = findings,
        .trace = path,
        .graph = tc_order_graph(tc_engine_self(engine, &tc_collector_graph)),
        .profile = tc_engine_self(engine, &tc_collector_profile),
        .spans = &spans,
        .start = tc_trace_header(trace)->start_realtime,
        .context = trace,
        .stack = stack_of,
        .module = module_of,
        .code = code_of};
    struct tc_report_process *process = tc_report_add(pipeline->report, pipeline->symbols, &source);
    add_notes(process, trace);
    tc_span_plan_free(&spans);
    tc_engine_free(engine);
    tc_findings_free(findings);
    free(checkers);
}

void tc_pipeline_trace(struct tc_pipeline *pipeline, const char *path) {
    struct tc_trace_error error;
    struct tc_trace *trace = tc_trace_open_any(path, &error);
    if (!trace) {
        pipeline->unreadable++;
        tc_usage_error(pipeline->cli->name, "%s", error.text);
        tc_report_error(pipeline->report, "%s", error.text);
        return;
    }
    tc_report_want(pipeline->report, pipeline->parts);
    use_trace(pipeline, path, trace);
    tc_trace_close(trace);
}

/* Whether a finding tells of a thread that waits for ever. */
static bool is_hang(const struct tc_report_finding *finding) {
    switch (finding->kind) {
    case TC_FINDING_DEADLOCK:
    case TC_FINDING_SELF_DEADLOCK:
        return true;
    case TC_FINDING_LOCK_HELD_AT_THREAD_EXIT: /* errors when somebody needs it */
    case TC_FINDING_LOST_WAKEUP:
    case TC_FINDING_BARRIER_MISUSE:
        return finding->severity == TC_SEVERITY_ERROR;
    default:
        return false;
    }
}

/* With --hang only what hangs counts. */
static void keep_hangs(struct tc_report *report) {
    size_t kept = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        struct tc_report_finding *finding = &report->findings[i];
        if (is_hang(finding))
            report->findings[kept++] = *finding;
        else
            tc_report_finding_free(finding);
    }
    report->finding_count = kept;
}

/* A hang is told at once, while the program still stands there. */
static void print_hang_header(const struct tc_report *report) {
    const struct tc_report_process *process = tc_report_main(report);
    if (process && tc_report_fails(report))
        fprintf(stderr, "threadcheck: %s (process %u) hangs\n",
                process->argc ? process->argv[0] : process->executable, process->pid);
}

/* Suppressions behind a report for programs would spoil it: they go to stderr then. */
static bool write_suppressions(const struct tc_pipeline *pipeline, int fd) {
    const struct tc_cli *cli = pipeline->cli;
    for (size_t i = 0; i < cli->output_count; i++)
        if (!cli->outputs[i].path && cli->outputs[i].format &&
            strcmp(cli->outputs[i].format->name, "text") != 0)
            fd = STDERR_FILENO;
    struct tc_text text = {0};
    const char *path = pipeline->cli->gen_suppressions_path;
    tc_suppressions_generate(pipeline->report, &text);
    bool good = tc_write_output(path, fd, tc_text_string(&text), text.length);
    if (!good)
        tc_usage_error(pipeline->cli->name, "cannot write suppressions to %s: %s",
                       path ? path : "standard output", strerror(errno));
    tc_text_free(&text);
    return good;
}

/* The text report tells of them itself. */
static void name_unused_suppressions(const struct tc_cli *cli, const struct tc_report *report) {
    for (size_t i = 0; i < cli->output_count; i++)
        if (!cli->outputs[i].format || strcmp(cli->outputs[i].format->name, "text") == 0)
            return;
    for (size_t i = 0; i < report->suppression_count; i++)
        if (!report->suppressions[i].used)
            tc_usage_error(cli->name, "%s:%u: the suppression [%s] matched nothing",
                           report->suppressions[i].file, report->suppressions[i].line,
                           report->suppressions[i].name);
}

int tc_pipeline_report(struct tc_pipeline *pipeline, int fd) {
    const struct tc_cli *cli = pipeline->cli;
    struct tc_report *report = pipeline->report;
    if (cli->hang)
        keep_hangs(report);
    tc_suppressions_apply(cli->suppressions, report);
    struct tc_text error = {0};
    bool good = !cli->baseline || tc_baseline_apply(cli->baseline, report, &error);
    if (!good)
        tc_usage_error(cli->name, "%s", tc_text_string(&error));
    tc_text_free(&error);
    tc_report_finish(report, cli->min_severity);
    if (cli->hang)
        print_hang_header(report);
    else if (cli->at_exit || cli->command == TC_CLI_RUN)
        tc_told_read(report, STDERR_FILENO);
    for (size_t i = 0; i < cli->output_count; i++)
        good = tc_write_report(cli, &cli->outputs[i], report, fd) && good;
    if (cli->hang && good)
        tc_told_write(report, STDERR_FILENO);
    if (!cli->hang)
        name_unused_suppressions(cli, report);
    if (cli->gen_suppressions)
        good = write_suppressions(pipeline, fd) && good;
    if (!good)
        return TC_EXIT_USAGE;
    return tc_report_fails(report) ? cli->error_exitcode : 0;
}

int tc_pipeline_operands(const struct tc_cli *cli, int fd) {
    struct tc_trace_list list = {0};
    unsigned wrong = tc_trace_list_operands(&list, cli->name, cli->operands, cli->operand_count);
    struct tc_pipeline pipeline;
    tc_pipeline_begin(&pipeline, cli);
    for (size_t i = 0; i < list.count; i++)
        tc_pipeline_trace(&pipeline, list.entries[i].path);
    wrong += pipeline.unreadable;
    int status = 0;
    if (pipeline.report->process_count) /* with nothing read there is nothing to report on */
        status = tc_pipeline_report(&pipeline, fd);
    for (size_t i = 0; cli->remove && i < list.count; i++)
        unlink(list.entries[i].path);
    tc_pipeline_end(&pipeline);
    tc_trace_list_free(&list);
    return status == 0 && wrong ? TC_EXIT_BAD_TRACE : status;
}
