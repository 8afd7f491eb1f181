/* report.c: the life of a report: merging, order, counts. */
#include "analyzer/report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/parts.h"
#include "analyzer/report/resolve.h"
#include "analyzer/report/text_buffer.h"

struct tc_report *tc_report_new(void) {
    return tc_alloc(sizeof(struct tc_report));
}

void tc_report_frames_free(struct tc_report_frames *frames) {
    for (size_t i = 0; i < frames->count; i++) {
        free(frames->entries[i].function);
        free(frames->entries[i].file);
        free(frames->entries[i].module);
    }
    free(frames->entries);
    *frames = (struct tc_report_frames){0};
}

static void strings_free(char **strings, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(strings[i]);
    free(strings);
}

void tc_report_finding_free(struct tc_report_finding *finding) {
    for (size_t i = 0; i < finding->object_count; i++) {
        struct tc_report_object *object = &finding->objects[i];
        free(object->name);
        free(object->scope);
        free(object->identity);
        tc_report_frames_free(&object->created);
    }
    for (size_t i = 0; i < finding->thread_count; i++) {
        struct tc_report_thread *thread = &finding->threads[i];
        free(thread->name);
        free(thread->label);
        free(thread->start);
        tc_report_frames_free(&thread->created);
        for (size_t j = 0; j < thread->stack_count; j++) {
            free(thread->stacks[j].what);
            tc_report_frames_free(&thread->stacks[j].frames);
        }
        free(thread->stacks);
    }
    strings_free(finding->witness, finding->witness_count);
    free(finding->objects);
    free(finding->threads);
    free(finding->title);
    free(finding->explanation);
    free(finding->advice);
    free(finding->pids);
}

static void process_free(struct tc_report_process *process) {
    free(process->executable);
    free(process->trace);
    strings_free(process->argv, process->argc);
    strings_free(process->notes, process->note_count);
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
    strings_free(report->errors, report->error_count);
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

/* A formatted line, made harmless, appended unless it stands there already. */
static void add_line(char ***lines, size_t *count, const char *format, va_list args) {
    char *raw = NULL;
    if (vasprintf(&raw, format, args) < 0)
        return;
    char *line = tc_clean(raw, 1024);
    free(raw);
    for (size_t i = 0; i < *count; i++)
        if (strcmp((*lines)[i], line) == 0) {
            free(line);
            return;
        }
    *lines = tc_realloc(*lines, (*count + 1) * sizeof(**lines));
    (*lines)[(*count)++] = line;
}

void tc_report_note(struct tc_report_process *process, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add_line(&process->notes, &process->note_count, format, args);
    va_end(args);
}

void tc_report_error(struct tc_report *report, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add_line(&report->errors, &report->error_count, format, args);
    va_end(args);
}

const struct tc_report_process *tc_report_main(const struct tc_report *report) {
    if (report->program.pid)
        return &report->program;
    return report->process_count ? &report->processes[0] : NULL;
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

bool tc_report_fails(const struct tc_report *report) {
    return report->shown[TC_SEVERITY_WARNING] || report->shown[TC_SEVERITY_ERROR];
}

const char *tc_severity_name(enum tc_severity severity) {
    switch (severity) {
    case TC_SEVERITY_INFO:
        return "info";
    case TC_SEVERITY_WARNING:
        return "warning";
    case TC_SEVERITY_ERROR:
        return "error";
    }
    return "info";
}

const char *tc_confidence_name(enum tc_confidence confidence) {
    switch (confidence) {
    case TC_CONFIDENCE_POSSIBLE:
        return "possible";
    case TC_CONFIDENCE_PREDICTED:
        return "predicted";
    case TC_CONFIDENCE_CONFIRMED:
        return "confirmed";
    case TC_CONFIDENCE_OBSERVED:
        return "observed";
    }
    return "possible";
}

const struct tc_report_frame *tc_report_key_frame(const struct tc_report_frames *frames) {
    for (size_t i = 0; i < frames->count; i++)
        if (frames->entries[i].role == TC_FRAME_PROGRAM)
            return &frames->entries[i];
    return frames->count ? &frames->entries[0] : NULL;
}
