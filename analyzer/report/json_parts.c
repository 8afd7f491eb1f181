/* json_parts.c: frames, graph, profile and timelines as JSON. */
#include "analyzer/report/json_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyzer/base/memory.h"

json_t *tc_json_text(const char *string) {
    return string ? json_string(string) : json_null();
}

json_t *tc_json_number(uint64_t value) {
    return json_integer((json_int_t)(value > INT64_MAX ? INT64_MAX : value));
}

json_t *tc_json_address(uint64_t value) {
    char string[32];
    snprintf(string, sizeof(string), "0x%llx", (unsigned long long)value);
    return json_string(string);
}

static json_t *frame(const struct tc_report_frame *from) {
    static const char *const roles[] = {
        [TC_FRAME_PROGRAM] = "program", [TC_FRAME_LIBRARY] = "library", [TC_FRAME_START] = "start"};
    json_t *to = json_object();
    json_object_set_new(to, "function", tc_json_text(from->function));
    json_object_set_new(to, "file", tc_json_text(from->file));
    json_object_set_new(to, "line", from->line ? tc_json_number(from->line) : json_null());
    if (from->column)
        json_object_set_new(to, "column", tc_json_number(from->column));
    json_object_set_new(to, "module", tc_json_text(from->module));
    json_object_set_new(to, "address", tc_json_address(from->address));
    json_object_set_new(to, "module_offset", tc_json_address(from->module_offset));
    json_object_set_new(to, "language", tc_json_text(from->language));
    json_object_set_new(to, "inlined", json_boolean(from->inlined));
    json_object_set_new(to, "role", tc_json_text(roles[from->role]));
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
        json_array_append_new(to, tc_json_text(from[i]));
    return to;
}

static json_t *node(const struct tc_report_class *class, size_t id, uint64_t count) {
    json_t *to = json_object();
    json_object_set_new(to, "id", tc_json_number(id));
    json_object_set_new(to, "name", tc_json_text(class->name));
    json_object_set_new(to, "type", tc_json_text(class->type));
    json_object_set_new(to, "count", tc_json_number(count));
    json_object_set_new(to, "created", tc_json_frames(&class->created));
    return to;
}

static json_t *edge(const struct tc_report_edge *from) {
    json_t *to = json_object();
    json_object_set_new(to, "from", tc_json_number(from->from));
    json_object_set_new(to, "to", tc_json_number(from->to));
    json_object_set_new(to, "count", tc_json_number(from->count));
    json_object_set_new(to, "cycle", json_boolean(from->cycle));
    json_object_set_new(to, "finding", from->finding[0] ? json_string(from->finding) : json_null());
    json_object_set_new(to, "where", tc_json_frames(&from->where));
    return to;
}

json_t *tc_json_graph(const struct tc_report *report) {
    if (!report->graph)
        return json_null();
    const struct tc_report_graph *graph = report->graph;
    uint64_t *counts = tc_alloc_array(report->class_count + 1, sizeof *counts);
    bool *used = tc_alloc(report->class_count + 1);
    json_t *to = json_object(), *nodes = json_array(), *edges = json_array();
    for (size_t i = 0; i < graph->count; i++) {
        const struct tc_report_edge *from = &graph->edges[i];
        used[from->from] = used[from->to] = true;
        counts[from->from] += from->count;
        counts[from->to] += from->to == from->from ? 0 : from->count;
        json_array_append_new(edges, edge(from));
    }
    for (size_t i = 0; i < report->class_count; i++)
        if (used[i])
            json_array_append_new(nodes, node(&report->classes[i], i, counts[i]));
    free(counts);
    free(used);
    json_object_set_new(to, "nodes", nodes);
    json_object_set_new(to, "edges", edges);
    return to;
}

static json_t *times(const struct tc_report_times *from) {
    json_t *to = json_object();
    json_object_set_new(to, "total", tc_json_number(from->total));
    json_object_set_new(to, "mean", tc_json_number(from->mean));
    json_object_set_new(to, "p99", tc_json_number(from->p99));
    json_object_set_new(to, "max", tc_json_number(from->max));
    json_object_set_new(to, "count", tc_json_number(from->count));
    json_object_set_new(to, "measured", tc_json_number(from->measured));
    return to;
}

static json_t *usages(const struct tc_report_usage *from, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *to = json_object();
        json_object_set_new(to, "stack", tc_json_frames(&from[i].stack));
        json_object_set_new(to, "count", tc_json_number(from[i].count));
        json_object_set_new(to, "total", tc_json_number(from[i].total));
        json_array_append_new(list, to);
    }
    return list;
}

static json_t *lock(const struct tc_report *report, const struct tc_report_lock *from) {
    const struct tc_report_class *class = &report->classes[from->class_number];
    json_t *to = json_object();
    json_object_set_new(to, "name", tc_json_text(class->name));
    json_object_set_new(to, "type", tc_json_text(class->type));
    json_object_set_new(to, "created", tc_json_frames(&class->created));
    json_object_set_new(to, "objects", tc_json_number(from->objects));
    json_object_set_new(to, "acquisitions", tc_json_number(from->acquisitions));
    json_object_set_new(to, "contended", tc_json_number(from->contended));
    json_object_set_new(to, "wait", times(&from->wait));
    json_object_set_new(to, "hold", times(&from->hold));
    json_object_set_new(to, "waiters", usages(from->waiters, from->waiter_count));
    json_object_set_new(to, "holders", usages(from->holders, from->holder_count));
    json_t *convoy = json_null();
    if (from->convoy_threads >= 2) {
        convoy = json_object();
        json_object_set_new(convoy, "threads", tc_json_number(from->convoy_threads));
        json_object_set_new(convoy, "time", tc_json_number(from->convoy_time));
    }
    json_object_set_new(to, "convoy", convoy);
    return to;
}

json_t *tc_json_profile(const struct tc_report *report) {
    if (!report->profile)
        return json_null();
    json_t *to = json_object(), *classes = json_array();
    for (size_t i = 0; i < report->profile->count; i++)
        json_array_append_new(classes, lock(report, &report->profile->locks[i]));
    json_object_set_new(to, "classes", classes);
    return to;
}

static json_t *span(const struct tc_report_span *from) {
    json_t *to = json_object();
    json_object_set_new(to, "lock", tc_json_text(from->lock));
    json_object_set_new(to, "what", tc_json_text(from->waits ? "waits" : "holds"));
    json_object_set_new(to, "from", tc_json_number(from->from));
    json_object_set_new(to, "to", tc_json_number(from->to));
    json_object_set_new(to, "exact", json_boolean(from->exact_from && from->exact_to));
    json_object_set_new(to, "open", json_boolean(from->open));
    return to;
}

static json_t *lane(const struct tc_report_lane *from) {
    json_t *to = json_object(), *spans = json_array();
    for (size_t i = 0; i < from->count; i++)
        json_array_append_new(spans, span(&from->spans[i]));
    json_object_set_new(to, "tid", tc_json_number(from->tid));
    json_object_set_new(to, "index", tc_json_number(from->index));
    json_object_set_new(to, "name", tc_json_text(from->name));
    json_object_set_new(to, "spans", spans);
    return to;
}

json_t *tc_json_timelines(const struct tc_report *report) {
    if (!report->timelines)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < report->timelines->count; i++) {
        const struct tc_report_timeline *from = &report->timelines->entries[i];
        json_t *to = json_object(), *threads = json_array();
        for (size_t j = 0; j < from->count; j++)
            json_array_append_new(threads, lane(&from->lanes[j]));
        json_object_set_new(to, "finding", json_string(from->finding));
        json_object_set_new(to, "start", tc_json_number(from->start));
        json_object_set_new(to, "end", tc_json_number(from->end));
        json_object_set_new(to, "threads", threads);
        json_array_append_new(list, to);
    }
    return list;
}
