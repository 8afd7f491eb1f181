/* json.c: the report as JSON, version 1.  docs/report.schema.json describes it. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/report/format.h"
#include "analyzer/report/json_parts.h"
#include "analyzer/report/version.h"

static json_t *text(const char *string) {
    return tc_json_text(string);
}

static json_t *number(uint64_t value) {
    return tc_json_number(value);
}

static json_t *address(uint64_t value) {
    char string[32];
    snprintf(string, sizeof(string), "0x%llx", (unsigned long long)value);
    return json_string(string);
}

static json_t *frame(const struct tc_report_frame *from) {
    static const char *const roles[] = {
        [TC_FRAME_PROGRAM] = "program", [TC_FRAME_LIBRARY] = "library", [TC_FRAME_START] = "start"};
    json_t *to = json_object();
    json_object_set_new(to, "function", text(from->function));
    json_object_set_new(to, "file", text(from->file));
    json_object_set_new(to, "line", from->line ? number(from->line) : json_null());
    if (from->column)
        json_object_set_new(to, "column", number(from->column));
    json_object_set_new(to, "module", text(from->module));
    json_object_set_new(to, "address", address(from->address));
    json_object_set_new(to, "module_offset", address(from->module_offset));
    json_object_set_new(to, "language", text(from->language));
    json_object_set_new(to, "inlined", json_boolean(from->inlined));
    json_object_set_new(to, "role", text(roles[from->role]));
    if (from->stale_source)
        json_object_set_new(to, "stale", json_true());
    return to;
}

json_t *tc_json_frames(const struct tc_report_frames *from) {
    json_t *to = json_array();
    for (size_t i = 0; i < from->count; i++)
        json_array_append_new(to, frame(&from->entries[i]));
    return to;
}

json_t *tc_json_strings(char *const *from, size_t count) {
    json_t *to = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(to, text(from[i]));
    return to;
}

static json_t *object(const struct tc_report_object *from) {
    json_t *to = json_object();
    json_object_set_new(to, "type", text(from->type));
    json_object_set_new(to, "name", text(from->name));
    json_object_set_new(to, "address", address(from->address));
    json_object_set_new(to, "language", text(from->language));
    if (from->scope)
        json_object_set_new(to, "scope", text(from->scope));
    json_object_set_new(to, "first_seen_in_use", json_boolean(from->first_seen));
    json_object_set_new(to, "created", tc_json_frames(&from->created));
    return to;
}

static json_t *thread(const struct tc_report_thread *from) {
    json_t *to = json_object();
    json_object_set_new(to, "tid", number(from->tid));
    json_object_set_new(to, "index", number(from->index));
    json_object_set_new(to, "pid", number(from->pid));
    json_object_set_new(to, "name", text(from->name ? from->name : from->label));
    json_object_set_new(to, "label", text(from->label));
    json_object_set_new(to, "created", tc_json_frames(&from->created));
    json_t *stacks = json_array();
    for (size_t i = 0; i < from->stack_count; i++) {
        json_t *stack = json_object();
        json_object_set_new(stack, "what", text(from->stacks[i].what));
        json_object_set_new(stack, "frames", tc_json_frames(&from->stacks[i].frames));
        if (from->stacks[i].frames.truncated)
            json_object_set_new(stack, "truncated", json_true());
        json_array_append_new(stacks, stack);
    }
    json_object_set_new(to, "stacks", stacks);
    return to;
}

static json_t *finding(const struct tc_report_finding *from) {
    json_t *to = json_object();
    json_object_set_new(to, "id", text(from->id));
    json_object_set_new(to, "kind", text(from->kind_name));
    json_object_set_new(to, "severity", text(tc_severity_name(from->severity)));
    json_object_set_new(to, "confidence", text(tc_confidence_name(from->confidence)));
    json_object_set_new(to, "title", text(from->title));
    json_object_set_new(to, "explanation", text(from->explanation));
    json_object_set_new(to, "advice", text(from->advice));
    json_object_set_new(to, "count", number(from->count));
    json_t *list = json_array();
    for (size_t i = 0; i < from->object_count; i++)
        json_array_append_new(list, object(&from->objects[i]));
    json_object_set_new(to, "objects", list);
    list = json_array();
    for (size_t i = 0; i < from->thread_count; i++)
        json_array_append_new(list, thread(&from->threads[i]));
    json_object_set_new(to, "threads", list);
    json_object_set_new(to, "witness", tc_json_strings(from->witness, from->witness_count));
    list = json_array();
    for (size_t i = 0; i < from->pid_count; i++)
        json_array_append_new(list, number(from->pids[i]));
    json_object_set_new(to, "pids", list);
    return to;
}

static json_t *process(const struct tc_report_process *from) {
    json_t *to = json_object();
    json_object_set_new(to, "argv", tc_json_strings(from->argv, from->argc));
    json_object_set_new(to, "pid", number(from->pid));
    json_object_set_new(to, "exit", from->has_exit ? json_integer(from->exit) : json_null());
    return to;
}

static json_t *process_in_full(const struct tc_report_process *from) {
    json_t *to = process(from);
    json_object_set_new(to, "parent_pid", number(from->parent_pid));
    json_object_set_new(to, "executable", text(from->executable));
    json_object_set_new(to, "trace", text(from->trace));
    json_object_set_new(to, "complete", json_boolean(from->complete));
    json_object_set_new(to, "lost_events", number(from->lost));
    json_object_set_new(to, "notes", tc_json_strings(from->notes, from->note_count));
    return to;
}

static json_t *summary(const struct tc_report *report) {
    json_t *to = json_object();
    json_object_set_new(to, "error", number(report->shown[TC_SEVERITY_ERROR]));
    json_object_set_new(to, "warning", number(report->shown[TC_SEVERITY_WARNING]));
    json_object_set_new(to, "info", number(report->shown[TC_SEVERITY_INFO]));
    return to;
}

/* What stands in no list above. */
static json_t *left_out(const struct tc_report *report) {
    json_t *to = json_object();
    json_object_set_new(to, "hidden",
                        number(report->hidden[0] + report->hidden[1] + report->hidden[2]));
    json_object_set_new(to, "suppressed", number(report->suppressed));
    json_object_set_new(to, "in_baseline", number(report->in_baseline));
    return to;
}

static json_t *suppressions(const struct tc_report *report) {
    json_t *list = json_array();
    for (size_t i = 0; i < report->suppression_count; i++) {
        json_t *to = json_object();
        json_object_set_new(to, "name", text(report->suppressions[i].name));
        json_object_set_new(to, "file", text(report->suppressions[i].file));
        json_object_set_new(to, "line", number(report->suppressions[i].line));
        json_object_set_new(to, "used", number(report->suppressions[i].used));
        json_array_append_new(list, to);
    }
    return list;
}

static json_t *tool(void) {
    json_t *to = json_object();
    json_object_set_new(to, "name", text("threadcheck"));
    json_object_set_new(to, "version", text(TC_VERSION));
    return to;
}

json_t *tc_json_report(const struct tc_report *report) {
    json_t *to = json_object();
    const struct tc_report_process none = {0};
    const struct tc_report_process *main = tc_report_main(report);
    bool complete = report->error_count == 0;
    uint64_t lost = 0;
    json_t *processes = json_array();
    for (size_t i = 0; i < report->process_count; i++) {
        complete = complete && report->processes[i].complete;
        lost += report->processes[i].lost;
        json_array_append_new(processes, process_in_full(&report->processes[i]));
    }
    json_object_set_new(to, "version", number(TC_JSON_VERSION));
    json_object_set_new(to, "tool", tool());
    json_object_set_new(to, "program", process(main ? main : &none));
    json_object_set_new(to, "complete", json_boolean(complete));
    json_object_set_new(to, "lost_events", number(lost));
    json_object_set_new(to, "processes", processes);
    json_object_set_new(to, "errors", tc_json_strings(report->errors, report->error_count));
    json_t *findings = json_array();
    for (size_t i = 0; i < report->finding_count; i++)
        if (!report->findings[i].hidden)
            json_array_append_new(findings, finding(&report->findings[i]));
    json_object_set_new(to, "findings", findings);
    json_object_set_new(to, "summary", summary(report));
    json_object_set_new(to, "left_out", left_out(report));
    if (report->suppression_count)
        json_object_set_new(to, "suppressions", suppressions(report));
    return to;
}

void tc_report_json(struct tc_text *out, const struct tc_report *report,
                    const struct tc_style *style) {
    (void)style;
    json_t *root = tc_json_report(report);
    char *dump = json_dumps(root, JSON_INDENT(1));
    tc_text_add(out, dump);
    tc_text_char(out, '\n');
    free(dump);
    json_decref(root);
}
