/* resolve_graph.c: the lock-order graph by classes, with the findings that tell of its edges. */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/collect.h"
#include "analyzer/report/lock_class.h"

enum { PAIR_OBJECTS = 32 }; /* of a finding with more objects the first so many count */

struct pair { /* two objects that stand in a finding */
    struct {
        uint32_t from, to;
    } key;
    size_t finding;
    UT_hash_handle hh;
};

struct known { /* an edge between classes */
    struct {
        size_t from, to;
    } key;
    size_t edge;
    UT_hash_handle hh;
};

static void add_pair(struct pair **pairs, const struct tc_report *report, uint32_t from,
                     uint32_t to, size_t finding) {
    struct pair *pair, probe = {.key = {from, to}};
    HASH_FIND(hh, *pairs, &probe.key, sizeof probe.key, pair);
    if (pair) {
        if (report->findings[finding].severity > report->findings[pair->finding].severity)
            pair->finding = finding;
        return;
    }
    pair = tc_alloc(sizeof *pair);
    pair->key = probe.key;
    pair->finding = finding;
    HASH_ADD(hh, *pairs, key, sizeof pair->key, pair);
}

/* The pairs of objects in findings that are about an order. */
static struct pair *pairs_of(const struct tc_report *report, const struct tc_findings *findings,
                             size_t first) {
    struct pair *pairs = NULL;
    for (size_t i = 0; findings && i < tc_findings_count(findings); i++) {
        const struct tc_finding *from = tc_findings_get(findings, i);
        if (from->kind != TC_FINDING_LOCK_ORDER_INVERSION && from->kind != TC_FINDING_DEADLOCK)
            continue;
        size_t count = from->object_count < PAIR_OBJECTS ? from->object_count : PAIR_OBJECTS;
        for (size_t a = 0; a < count; a++)
            for (size_t b = 0; b < count; b++)
                if (a != b)
                    add_pair(&pairs, report, from->objects[a], from->objects[b], first + i);
    }
    return pairs;
}

static struct known *add_known(struct known **known, size_t from, size_t to, size_t edge) {
    struct known *entry = tc_alloc(sizeof *entry);
    entry->key.from = from;
    entry->key.to = to;
    entry->edge = edge;
    HASH_ADD(hh, *known, key, sizeof entry->key, entry);
    return entry;
}

/* The edge between the classes; made when new. */
static struct tc_report_edge *edge_of(struct tc_report_graph *graph, struct known **known,
                                      size_t *capacity, size_t from, size_t to) {
    struct known *entry, probe = {.key = {from, to}};
    HASH_FIND(hh, *known, &probe.key, sizeof probe.key, entry);
    if (!entry) {
        graph->edges = tc_grow(graph->edges, graph->count, capacity, sizeof *graph->edges);
        graph->edges[graph->count] = (struct tc_report_edge){.from = from, .to = to};
        entry = add_known(known, from, to, graph->count++);
    }
    return &graph->edges[entry->edge];
}

static void add_edge(struct tc_report *report, const struct tc_resolver *resolver,
                     struct tc_report_edge *edge, const struct tc_order_edge *from,
                     struct pair *pairs) {
    edge->count += from->count;
    edge->cycle = edge->cycle || from->cycle;
    if (!edge->where.count)
        edge->where = tc_resolve_stack(resolver, from->stack);
    struct pair *pair, probe = {.key = {from->from, from->to}};
    HASH_FIND(hh, pairs, &probe.key, sizeof probe.key, pair);
    if (!pair || !from->cycle)
        return;
    const struct tc_report_finding *finding = &report->findings[pair->finding];
    bool graver = true;
    for (size_t i = 0; edge->finding[0] && i < report->finding_count; i++)
        if (strcmp(report->findings[i].id, edge->finding) == 0)
            graver = graver && finding->severity > report->findings[i].severity;
    if (graver)
        memcpy(edge->finding, finding->id, sizeof edge->finding);
}

void tc_resolve_graph(struct tc_report *report, const struct tc_resolver *resolver, size_t first) {
    const struct tc_order_graph *data = resolver->source->graph;
    struct tc_report_graph *graph = report->graph;
    if (!data || !graph)
        return;
    struct known *known = NULL, *entry, *next;
    for (size_t i = 0; i < graph->count; i++)
        add_known(&known, graph->edges[i].from, graph->edges[i].to, i);
    struct pair *pairs = pairs_of(report, resolver->source->findings, first), *pair, *after;
    size_t capacity = graph->count;
    for (size_t i = 0; i < data->count; i++) {
        size_t from = tc_lock_class(report, resolver, data->edges[i].from);
        size_t to = tc_lock_class(report, resolver, data->edges[i].to);
        add_edge(report, resolver, edge_of(graph, &known, &capacity, from, to), &data->edges[i],
                 pairs);
    }
    HASH_ITER(hh, known, entry, next) {
        HASH_DEL(known, entry);
        free(entry);
    }
    HASH_ITER(hh, pairs, pair, after) {
        HASH_DEL(pairs, pair);
        free(pair);
    }
}
