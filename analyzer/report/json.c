/* json.c: the report as JSON, version 1.  docs/report.schema.json describes it. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/report/format.h"
#include "analyzer/report/json_parts.h"
#include "analyzer/report/version.h"

static json_t *object(const struct tc_report_object *from) {
    json_t *to = json_object();
    json_object_set_new(to, "type", tc_json_text(from->type));
    json_object_set_new(to, "name", tc_json_text(from->name));
    json_object_set_new(to, "address", tc_json_address(from->address));
    json_object_set_new(to, "language", tc_json_text(from->language));
    if (from->scope)
        json_object_set_new(to, "scope", tc_json_text(from->scope));
    json_object_set_new(to, "first_seen_in_use", json_boolean(from->first_seen));
    json_object_set_new(to, "created", tc_json_frames(&from->created));
    return to;
}

static json_t *thread(const struct tc_report_thread *from) {
    json_t *to = json_object();
    json_object_set_new(to, "tid", tc_json_number(from->tid));
    json_object_set_new(to, "index", tc_json_number(from->index));
    json_object_set_new(to, "pid", tc_json_number(from->pid));
    json_object_set_new(to, "name", tc_json_text(from->name ? from->name : from->label));
    json_object_set_new(to, "label", tc_json_text(from->label));
    json_object_set_new(to, "created", tc_json_frames(&from->created));
    json_t *stacks = json_array();
    for (size_t i = 0; i < from->stack_count; i++) {
        json_t *stack = json_object();
        json_object_set_new(stack, "what", tc_json_text(from->stacks[i].what));
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
    json_object_set_new(to, "id", tc_json_text(from->id));
    json_object_set_new(to, "kind", tc_json_text(from->kind_name));
    json_object_set_new(to, "severity", tc_json_text(tc_severity_name(from->severity)));
    json_object_set_new(to, "confidence", tc_json_text(tc_confidence_name(from->confidence)));
    json_object_set_new(to, "title", tc_json_text(from->title));
    json_object_set_new(to, "explanation", tc_json_text(from->explanation));
    json_object_set_new(to, "advice", tc_json_text(from->advice));
    json_object_set_new(to, "count", tc_json_number(from->count));
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
        json_array_append_new(list, tc_json_number(from->pids[i]));
    json_object_set_new(to, "pids", list);
    return to;
}

static json_t *process(const struct tc_report_process *from) {
    json_t *to = json_object();
    json_object_set_new(to, "argv", tc_json_strings(from->argv, from->argc));
    json_object_set_new(to, "pid", tc_json_number(from->pid));
    json_object_set_new(to, "exit", from->has_exit ? json_integer(from->exit) : json_null());
    return to;
}

static json_t *process_in_full(const struct tc_report_process *from) {
    json_t *to = process(from);
    json_object_set_new(to, "parent_pid", tc_json_number(from->parent_pid));
    json_object_set_new(to, "executable", tc_json_text(from->executable));
    json_object_set_new(to, "trace", tc_json_text(from->trace));
    json_object_set_new(to, "complete", json_boolean(from->complete));
    json_object_set_new(to, "lost_events", tc_json_number(from->lost));
    if (from->races)
        json_object_set_new(to, "races", tc_json_text(from->races));
    json_object_set_new(to, "notes", tc_json_strings(from->notes, from->note_count));
    return to;
}

static json_t *summary(const struct tc_report *report) {
    json_t *to = json_object();
    json_object_set_new(to, "error", tc_json_number(report->shown[TC_SEVERITY_ERROR]));
    json_object_set_new(to, "warning", tc_json_number(report->shown[TC_SEVERITY_WARNING]));
    json_object_set_new(to, "info", tc_json_number(report->shown[TC_SEVERITY_INFO]));
    return to;
}

/* What stands in no list above. */
static json_t *left_out(const struct tc_report *report) {
    json_t *to = json_object();
    json_object_set_new(to, "hidden",
                        tc_json_number(report->hidden[0] + report->hidden[1] + report->hidden[2]));
    json_object_set_new(to, "suppressed", tc_json_number(report->suppressed));
    json_object_set_new(to, "in_baseline", tc_json_number(report->in_baseline));
    return to;
}

static json_t *suppressions(const struct tc_report *report) {
    json_t *list = json_array();
    for (size_t i = 0; i < report->suppression_count; i++) {
        json_t *to = json_object();
        json_object_set_new(to, "name", tc_json_text(report->suppressions[i].name));
        json_object_set_new(to, "file", tc_json_text(report->suppressions[i].file));
        json_object_set_new(to, "line", tc_json_number(report->suppressions[i].line));
        json_object_set_new(to, "used", tc_json_number(report->suppressions[i].used));
        json_array_append_new(list, to);
    }
    return list;
}

static json_t *tool(void) {
    json_t *to = json_object();
    json_object_set_new(to, "name", tc_json_text("threadcheck"));
    json_object_set_new(to, "version", tc_json_text(TC_VERSION));
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
    json_object_set_new(to, "version", tc_json_number(TC_JSON_VERSION));
    json_object_set_new(to, "tool", tool());
    json_object_set_new(to, "program", process(main ? main : &none));
    json_object_set_new(to, "complete", json_boolean(complete));
    json_object_set_new(to, "lost_events", tc_json_number(lost));
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
