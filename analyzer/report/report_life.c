/* report_life.c: a report from its start to its end: merging, order, counts. */
#include "analyzer/report/report_life.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/parts.h"
#include "analyzer/report/text_buffer.h"

struct tc_report *tc_report_new(void) {
    return tc_alloc(sizeof(struct tc_report));
}

void tc_report_want(struct tc_report *report, unsigned parts) {
    if (parts & TC_PART_GRAPH && !report->graph)
        report->graph = tc_alloc(sizeof *report->graph);
    if (parts & TC_PART_PROFILE && !report->profile)
        report->profile = tc_alloc(sizeof *report->profile);
    if (parts & TC_PART_TIMELINES && !report->timelines)
        report->timelines = tc_alloc(sizeof *report->timelines);
    if (parts & TC_PART_SPANS && !report->runs)
        report->runs = tc_alloc(sizeof *report->runs);
}

static void process_free(struct tc_report_process *process) {
    free(process->executable);
    free(process->trace);
    tc_report_strings_free(process->argv, process->argc);
    tc_report_strings_free(process->notes, process->note_count);
}

void tc_report_free(struct tc_report *report) {
    if (!report)
        return;
    for (size_t i = 0; i < report->finding_count; i++)
        tc_report_finding_free(&report->findings[i]);
    for (size_t i = 0; i < report->process_count; i++)
        process_free(&report->processes[i]);
    process_free(&report->program);
    tc_report_parts_free(report);
    tc_report_strings_free(report->errors, report->error_count);
    for (size_t i = 0; i < report->suppression_count; i++) {
        free(report->suppressions[i].name);
        free(report->suppressions[i].file);
    }
    free(report->suppressions);
    for (size_t i = 0; i < report->aside_count; i++) {
        tc_report_finding_free(&report->aside[i].finding);
        free(report->aside[i].by);
    }
    free(report->aside);
    free(report->findings);
    free(report->processes);
    free(report);
}

static void add_pid(struct tc_report_finding *finding, uint32_t pid) {
    for (size_t i = 0; i < finding->pid_count; i++)
        if (finding->pids[i] == pid)
            return;
    finding->pids = tc_realloc(finding->pids, (finding->pid_count + 1) * sizeof(uint32_t));
    finding->pids[finding->pid_count++] = pid;
}

/* Both have one id.  The graver one is kept, and of equals the first. */
static void merge(struct tc_report_finding *into, struct tc_report_finding *from) {
    bool graver = from->severity > into->severity ||
                  (from->severity == into->severity && from->confidence > into->confidence);
    if (graver) {
        struct tc_report_finding swap = *into;
        *into = *from;
        *from = swap;
    }
    into->count += from->count;
    for (size_t i = 0; i < from->pid_count; i++)
        add_pid(into, from->pids[i]);
    tc_report_finding_free(from);
}

void tc_report_put_aside(struct tc_report *report, const struct tc_report_finding *finding,
                         bool in_baseline, const char *by) {
    report->suppressed += !in_baseline;
    report->in_baseline += in_baseline;
    for (size_t i = 0; i < report->aside_count; i++) {
        struct tc_report_aside *known = &report->aside[i];
        if (known->in_baseline != in_baseline || strcmp(known->finding.id, finding->id) != 0)
            continue;
        struct tc_report_finding twin = *finding;
        merge(&known->finding, &twin);
        return;
    }
    report->aside = tc_realloc_array(report->aside, report->aside_count + 1, sizeof *report->aside);
    report->aside[report->aside_count++] = (struct tc_report_aside){
        .finding = *finding, .in_baseline = in_baseline, .by = tc_clean(by, 1024)};
}

struct order {
    const struct tc_report_finding *finding;
    size_t index;
};

static int by_id(const void *left, const void *right) {
    const struct order *a = left, *b = right;
    int order = strcmp(a->finding->id, b->finding->id);
    return order ? order : a->index < b->index ? -1 : a->index > b->index;
}

static int by_severity(const void *left, const void *right) {
    const struct order *a = left, *b = right;
    if (a->finding->severity != b->finding->severity)
        return a->finding->severity < b->finding->severity ? 1 : -1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* The findings' places in an order, to be freed. */
static struct order *sorted(const struct tc_report *report,
                            int (*compare)(const void *, const void *)) {
    struct order *order = tc_alloc((report->finding_count + 1) * sizeof(*order));
    for (size_t i = 0; i < report->finding_count; i++)
        order[i] = (struct order){&report->findings[i], i};
    qsort(order, report->finding_count, sizeof(*order), compare);
    return order;
}

static void merge_all(struct tc_report *report) {
    struct order *order = sorted(report, by_id);
    bool *gone = tc_alloc(report->finding_count + 1);
    size_t first = 0;
    for (size_t i = 1; i < report->finding_count; i++) {
        struct tc_report_finding *into = &report->findings[order[first].index];
        struct tc_report_finding *from = &report->findings[order[i].index];
        if (strcmp(into->id, from->id) != 0) {
            first = i;
            continue;
        }
        merge(into, from);
        gone[order[i].index] = true;
    }
    size_t kept = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        if (!gone[i])
            report->findings[kept++] = report->findings[i];
    report->finding_count = kept;
    free(gone);
    free(order);
}

void tc_report_finish(struct tc_report *report, enum tc_severity least) {
    merge_all(report);
    struct order *order = sorted(report, by_severity);
    struct tc_report_finding *findings = tc_alloc((report->finding_count + 1) * sizeof(*findings));
    for (size_t i = 0; i < report->finding_count; i++) {
        findings[i] = report->findings[order[i].index];
        findings[i].hidden = findings[i].severity < least;
        if (findings[i].hidden)
            report->hidden[findings[i].severity]++;
        else
            report->shown[findings[i].severity]++;
    }
    free(order);
    free(report->findings);
    report->findings = findings;
    tc_report_parts_finish(report);
}
