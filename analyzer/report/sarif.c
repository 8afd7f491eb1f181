/* sarif.c: the report as SARIF 2.1.0, for code scanning services and editors.
 *
 * Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Plus Errata 01.
 * Files below the working directory are relative to SRCROOT, as such services want them.  What is
 * suppressed or in the baseline is there, marked so (3.27.23, 3.27.24).
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/report/format.h"
#include "analyzer/report/json_parts.h"
#include "analyzer/report/page.h"
#include "analyzer/report/quote.h"
#include "analyzer/report/version.h"

#define SCHEMA                                                                                     \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

void tc_report_sarif(struct tc_text *out, const struct tc_report *report,
                     const struct tc_style *style);

struct sarif {
    const struct tc_report *report;
    const char *directory;       /* NULL: none */
    int rules[TC_FINDING_COUNT]; /* index of each kind's rule, -1: it has none */
    bool suppressions;           /* some results are suppressed */
};

static json_t *message(const char *text) {
    return json_pack("{s:o}", "text", tc_json_text(text));
}

static json_t *uri_of(const char *prefix, const char *path, const char *suffix) {
    struct tc_text uri = {0};
    tc_text_add(&uri, prefix);
    tc_quote_uri(&uri, path);
    tc_text_add(&uri, suffix);
    json_t *string = json_string(tc_text_string(&uri));
    tc_text_free(&uri);
    return string;
}

static json_t *artifact(const struct sarif *s, const char *path) {
    size_t length = s->directory ? strlen(s->directory) : 0;
    json_t *to = json_object();
    if (length > 1 && strncmp(path, s->directory, length) == 0 && path[length] == '/') {
        json_object_set_new(to, "uri", uri_of("", path + length + 1, ""));
        json_object_set_new(to, "uriBaseId", json_string("SRCROOT"));
    } else {
        json_object_set_new(to, "uri", uri_of(path[0] == '/' ? "file://" : "", path, ""));
    }
    return to;
}

static json_t *physical(const struct sarif *s, const struct tc_report_frame *frame) {
    json_t *to = json_object();
    json_object_set_new(to, "artifactLocation",
                        artifact(s, frame->file ? frame->file : frame->module));
    if (frame->file && frame->line) {
        json_t *region = json_object();
        json_object_set_new(region, "startLine", tc_json_number(frame->line));
        if (frame->column)
            json_object_set_new(region, "startColumn", tc_json_number(frame->column));
        json_object_set_new(to, "region", region);
    }
    return to;
}

/* A location; `words` may be NULL. */
static json_t *location(const struct sarif *s, const struct tc_report_frame *frame,
                        const char *words) {
    json_t *to = json_object();
    if (frame->file || frame->module)
        json_object_set_new(to, "physicalLocation", physical(s, frame));
    json_object_set_new(
        to, "logicalLocations",
        json_pack("[{s:s, s:s}]", "fullyQualifiedName", frame->function, "kind", "function"));
    if (words)
        json_object_set_new(to, "message", message(words));
    return to;
}

static json_t *stack_frame(const struct sarif *s, const struct tc_report_frame *frame,
                           uint32_t thread) {
    json_t *to = json_object();
    json_object_set_new(to, "location", location(s, frame, NULL));
    if (frame->module)
        json_object_set_new(to, "module", json_string(frame->module));
    json_object_set_new(to, "threadId", tc_json_number(thread));
    return to;
}

static json_t *stacks(const struct sarif *s, const struct tc_report_finding *finding) {
    json_t *list = json_array();
    for (size_t i = 0; i < finding->thread_count; i++) {
        const struct tc_report_thread *thread = &finding->threads[i];
        for (size_t j = 0; j < thread->stack_count; j++) {
            const struct tc_report_frames *frames = &thread->stacks[j].frames;
            json_t *shown = json_array();
            for (size_t k = 0; k < frames->count; k++)
                json_array_append_new(shown, stack_frame(s, &frames->entries[k], thread->tid));
            struct tc_text words = {0};
            tc_text_printf(&words, "%s %s", thread->label, thread->stacks[j].what);
            json_array_append_new(list,
                                  json_pack("{s:o, s:o}", "message",
                                            message(tc_text_string(&words)), "frames", shown));
            tc_text_free(&words);
        }
    }
    return list;
}

/* The calls that lead to a stack's place, outermost first; the last is what matters. */
static void add_path(const struct sarif *s, json_t *locations,
                     const struct tc_report_stack *stack) {
    for (size_t k = stack->frames.count; k-- > 0;) {
        const struct tc_report_frame *frame = &stack->frames.entries[k];
        json_t *to = json_object();
        json_object_set_new(to, "location", location(s, frame, k ? frame->function : stack->what));
        json_object_set_new(to, "nestingLevel", tc_json_number(stack->frames.count - 1 - k));
        json_object_set_new(to, "importance",
                            json_string(k == 0                            ? "essential"
                                        : frame->role == TC_FRAME_PROGRAM ? "important"
                                                                          : "unimportant"));
        json_array_append_new(locations, to);
    }
}

/* One flow with a path for each thread. */
static json_t *code_flows(const struct sarif *s, const struct tc_report_finding *finding) {
    json_t *threads = json_array();
    for (size_t i = 0; i < finding->thread_count; i++) {
        const struct tc_report_thread *thread = &finding->threads[i];
        json_t *locations = json_array();
        for (size_t j = 0; j < thread->stack_count; j++)
            add_path(s, locations, &thread->stacks[j]);
        if (!json_array_size(locations)) {
            json_decref(locations);
            continue;
        }
        json_t *to = json_object();
        json_object_set_new(to, "id", json_string(thread->label));
        json_object_set_new(to, "message", message(thread->label));
        json_object_set_new(to, "locations", locations);
        json_array_append_new(threads, to);
    }
    if (!json_array_size(threads)) {
        json_decref(threads);
        return NULL;
    }
    return json_pack("[{s:o, s:o}]", "message", message(finding->title), "threadFlows", threads);
}

static const struct tc_report_frame *place_of(const struct tc_report_stack *stack) {
    return tc_report_key_frame(&stack->frames);
}

/* The first stack's place is the result's; the others are related. */
static void add_places(const struct sarif *s, json_t *to, const struct tc_report_finding *finding) {
    json_t *own = json_array(), *related = json_array();
    for (size_t i = 0; i < finding->thread_count; i++) {
        const struct tc_report_thread *thread = &finding->threads[i];
        for (size_t j = 0; j < thread->stack_count; j++) {
            const struct tc_report_frame *frame = place_of(&thread->stacks[j]);
            struct tc_text words = {0};
            tc_text_printf(&words, "%s %s", thread->label, thread->stacks[j].what);
            json_t *where = frame ? location(s, frame, tc_text_string(&words)) : NULL;
            tc_text_free(&words);
            if (where && json_array_size(own)) {
                json_object_set_new(where, "id", tc_json_number(json_array_size(related) + 1));
                json_array_append_new(related, where);
            } else if (where) {
                json_array_append_new(own, where);
            }
        }
    }
    for (size_t i = 0; i < finding->object_count; i++) {
        const struct tc_report_object *object = &finding->objects[i];
        const struct tc_report_frame *frame = tc_report_key_frame(&object->created);
        struct tc_text words = {0};
        tc_text_printf(&words, "%s: %s", object->name,
                       object->first_seen ? "first used here" : "created here");
        json_t *where = frame ? location(s, frame, tc_text_string(&words)) : NULL;
        tc_text_free(&words);
        if (!where)
            continue;
        json_object_set_new(where, "id", tc_json_number(json_array_size(related) + 1));
        json_array_append_new(related, where);
    }
    json_object_set_new(to, "locations", own);
    json_object_set_new(to, "relatedLocations", related);
}

static const char *level(enum tc_severity severity) {
    return severity == TC_SEVERITY_INFO ? "note" : tc_severity_name(severity);
}

static json_t *properties(const struct tc_report_finding *finding) {
    json_t *to = json_object(), *objects = json_array(), *pids = json_array();
    for (size_t i = 0; i < finding->object_count; i++)
        json_array_append_new(objects, json_pack("{s:s, s:s}", "type", finding->objects[i].type,
                                                 "name", finding->objects[i].name));
    for (size_t i = 0; i < finding->pid_count; i++)
        json_array_append_new(pids, tc_json_number(finding->pids[i]));
    json_object_set_new(to, "confidence", json_string(tc_confidence_name(finding->confidence)));
    json_object_set_new(to, "objects", objects);
    json_object_set_new(to, "pids", pids);
    json_object_set_new(to, "witness", tc_json_strings(finding->witness, finding->witness_count));
    return to;
}

static json_t *result(const struct sarif *s, const struct tc_report_finding *finding) {
    json_t *to = json_object();
    struct tc_text words = {0};
    tc_text_printf(&words, "%s. %s", finding->title, finding->explanation);
    if (finding->advice)
        tc_text_printf(&words, " %s", finding->advice);
    json_object_set_new(to, "ruleId", json_string(finding->kind_name));
    json_object_set_new(to, "ruleIndex", json_integer(s->rules[finding->kind]));
    json_object_set_new(to, "kind", json_string("fail"));
    json_object_set_new(to, "level", json_string(level(finding->severity)));
    json_object_set_new(to, "message", message(tc_text_string(&words)));
    tc_text_free(&words);
    add_places(s, to, finding);
    json_t *flows = code_flows(s, finding);
    if (flows)
        json_object_set_new(to, "codeFlows", flows);
    json_object_set_new(to, "stacks", stacks(s, finding));
    json_object_set_new(to, "partialFingerprints",
                        json_pack("{s:s}", "threadcheck/v1", finding->id));
    json_object_set_new(to, "occurrenceCount",
                        tc_json_number(finding->count > INT32_MAX ? INT32_MAX : finding->count));
    json_object_set_new(to, "properties", properties(finding));
    return to;
}

/* What baseline and suppressions say of a result; `aside` NULL: it stands. */
static void add_state(const struct sarif *s, json_t *to, const struct tc_report_aside *aside) {
    if (s->report->has_baseline)
        json_object_set_new(to, "baselineState",
                            json_string(aside && aside->in_baseline ? "unchanged" : "new"));
    if (!s->suppressions)
        return;
    json_t *list = json_array();
    if (aside && !aside->in_baseline) {
        json_t *suppression = json_pack("{s:s, s:s}", "kind", "external", "status", "accepted");
        if (aside->by)
            json_object_set_new(suppression, "justification", json_string(aside->by));
        json_array_append_new(list, suppression);
    }
    json_object_set_new(to, "suppressions", list);
}

static json_t *results(const struct sarif *s) {
    json_t *list = json_array();
    const struct tc_report *report = s->report;
    for (size_t i = 0; i < report->finding_count; i++) {
        if (report->findings[i].hidden)
            continue;
        json_t *to = result(s, &report->findings[i]);
        add_state(s, to, NULL);
        json_array_append_new(list, to);
    }
    for (size_t i = 0; i < report->aside_count; i++) {
        json_t *to = result(s, &report->aside[i].finding);
        add_state(s, to, &report->aside[i]);
        json_array_append_new(list, to);
    }
    return list;
}

/* The part of a page before its first section, and all of it. */
static json_t *help(const char *kind, const char *title) {
    const char *page = tc_finding_page(kind);
    json_t *to = json_object();
    json_object_set_new(to, "text", json_string(title));
    if (page)
        json_object_set_new(to, "markdown", json_string(page));
    return to;
}

static json_t *rule(enum tc_finding_kind kind) {
    const struct tc_finding_info *info = &tc_finding_table[kind];
    json_t *to = json_object();
    char name[64];
    size_t length = 0;
    bool capital = true;
    for (const char *p = info->kind; *p && length + 1 < sizeof(name); p++) {
        if (*p != '-')
            name[length++] = capital && *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
        capital = *p == '-';
    }
    name[length] = 0;
    json_object_set_new(to, "id", json_string(info->kind));
    json_object_set_new(to, "name", json_string(name));
    json_object_set_new(to, "shortDescription", message(info->title));
    json_object_set_new(to, "fullDescription", message(info->title));
    json_object_set_new(to, "help", help(info->kind, info->title));
    json_object_set_new(to, "defaultConfiguration",
                        json_pack("{s:s}", "level", level(info->severity)));
    json_object_set_new(to, "properties",
                        json_pack("{s:[s], s:s}", "tags", "concurrency", "problem.severity",
                                  info->severity == TC_SEVERITY_INFO
                                      ? "recommendation"
                                      : tc_severity_name(info->severity)));
    return to;
}

/* A rule for every kind, so that a service knows what was looked for. */
static json_t *rules(struct sarif *s) {
    json_t *list = json_array();
    for (int i = 0; i < TC_FINDING_COUNT; i++) {
        s->rules[i] = i;
        json_array_append_new(list, rule((enum tc_finding_kind)i));
    }
    return list;
}

static json_t *notification(const char *grade, const char *text) {
    return json_pack("{s:s, s:o}", "level", grade, "message", message(text));
}

static json_t *invocations(const struct tc_report *report) {
    json_t *list = json_array(), *to = json_object();
    for (size_t i = 0; i < report->error_count; i++)
        json_array_append_new(list, notification("error", report->errors[i]));
    for (size_t i = 0; i < report->process_count; i++)
        for (size_t j = 0; j < report->processes[i].note_count; j++)
            json_array_append_new(list, notification("note", report->processes[i].notes[j]));
    json_object_set_new(to, "executionSuccessful", json_boolean(report->error_count == 0));
    json_object_set_new(to, "toolExecutionNotifications", list);
    return json_pack("[o]", to);
}

static json_t *program(const struct tc_report *report) {
    const struct tc_report_process *main = tc_report_main(report);
    json_t *to = json_object();
    if (!main)
        return to;
    json_object_set_new(to, "argv", tc_json_strings(main->argv, main->argc));
    json_object_set_new(to, "pid", tc_json_number(main->pid));
    return to;
}

void tc_report_sarif(struct tc_text *out, const struct tc_report *report,
                     const struct tc_style *style) {
    struct sarif s = {
        .report = report, .directory = style->directory, .suppressions = report->suppressed > 0};
    json_t *driver =
        json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", "threadcheck", "version", TC_VERSION,
                  "semanticVersion", TC_VERSION, "organization", "threadcheck", "rules", rules(&s));
    json_t *run = json_object();
    json_object_set_new(run, "tool", json_pack("{s:o}", "driver", driver));
    json_object_set_new(run, "invocations", invocations(report));
    if (s.directory)
        json_object_set_new(
            run, "originalUriBaseIds",
            json_pack("{s:{s:o}}", "SRCROOT", "uri", uri_of("file://", s.directory, "/")));
    json_object_set_new(run, "columnKind", json_string("unicodeCodePoints"));
    json_object_set_new(run, "results", results(&s));
    json_object_set_new(run, "properties", json_pack("{s:o}", "program", program(report)));
    json_t *root =
        json_pack("{s:s, s:s, s:[o]}", "$schema", SCHEMA, "version", "2.1.0", "runs", run);
    char *dump = json_dumps(root, JSON_INDENT(1));
    tc_text_add(out, dump);
    tc_text_char(out, '\n');
    free(dump);
    json_decref(root);
}
