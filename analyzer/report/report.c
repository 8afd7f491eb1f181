/* report.c: the pieces of a report: lines that are added to it, names, what they hold. */
#include "analyzer/report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/text_buffer.h"

void tc_report_frames_free(struct tc_report_frames *frames) {
    for (size_t i = 0; i < frames->count; i++) {
        free(frames->entries[i].function);
        free(frames->entries[i].file);
        free(frames->entries[i].module);
    }
    free(frames->entries);
    *frames = (struct tc_report_frames){0};
}

void tc_report_strings_free(char **strings, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(strings[i]);
    free(strings);
}

void tc_report_object_free(struct tc_report_object *object) {
    free(object->name);
    free(object->scope);
    free(object->identity);
    tc_report_frames_free(&object->created);
}

void tc_report_thread_free(struct tc_report_thread *thread) {
    free(thread->name);
    free(thread->label);
    free(thread->start);
    tc_report_frames_free(&thread->created);
    for (size_t i = 0; i < thread->stack_count; i++) {
        free(thread->stacks[i].what);
        tc_report_frames_free(&thread->stacks[i].frames);
    }
    free(thread->stacks);
}

void tc_report_finding_free(struct tc_report_finding *finding) {
    for (size_t i = 0; i < finding->object_count; i++)
        tc_report_object_free(&finding->objects[i]);
    for (size_t i = 0; i < finding->thread_count; i++)
        tc_report_thread_free(&finding->threads[i]);
    tc_report_strings_free(finding->witness, finding->witness_count);
    free(finding->objects);
    free(finding->threads);
    free(finding->title);
    free(finding->explanation);
    free(finding->advice);
    free(finding->pids);
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
