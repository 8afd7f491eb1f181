/* lock_evidence.c: the contexts that stand for each edge of the lock-order graph. */
#include "analyzer/checkers/lock_evidence.h"

#include <stdlib.h>

#include "analyzer/base/memory.h"

static bool is_known_of(const struct tc_lock_order *order, const struct tc_edge_evidence *edge,
                        uint32_t thread) {
    for (uint32_t i = 0; i < edge->count; i++)
        if (order->contexts.all[tc_evidence_of(edge)[i].context].thread == thread)
            return true;
    return false;
}

/* When only few are kept, the first half may be anybody's, the others are of further threads. */
bool tc_evidence_takes(const struct tc_lock_order *order, uint32_t edge, uint32_t thread) {
    if (order->gathering != TC_GATHER_CYCLIC || order->evidence == TC_EVIDENCE)
        return true;
    const struct tc_edge_evidence *evidence = &order->edges[edge];
    if (evidence->count < order->evidence / 2)
        return true;
    return evidence->count < order->evidence && !is_known_of(order, evidence, thread);
}

static void reach_evidence(struct tc_edge_evidence *edge) {
    if (edge->count < edge->size)
        return;
    uint32_t size = edge->size ? 2 * edge->size : 1;
    if (edge->size == 1) {
        struct tc_evidence only = edge->only;
        edge->entries = tc_alloc_array(size, sizeof *edge->entries);
        edge->entries[0] = only;
    } else if (size > 1) {
        edge->entries = tc_realloc_array(edge->entries, size, sizeof *edge->entries);
    }
    edge->size = size;
}

void tc_evidence_add(struct tc_lock_order *order, uint32_t number, struct tc_evidence evidence) {
    while (order->edge_count <= number) {
        order->edges =
            tc_grow(order->edges, order->edge_count, &order->edge_capacity, sizeof *order->edges);
        order->edges[order->edge_count++] = (struct tc_edge_evidence){0};
    }
    struct tc_edge_evidence *edge = &order->edges[number];
    uint32_t half = TC_EVIDENCE / 2, slot = edge->count;
    if (slot >= TC_EVIDENCE) {
        slot = half + (uint32_t)(edge->seen % half);
    } else {
        reach_evidence(edge);
        edge->count++;
    }
    edge->seen++;
    if (edge->size > 1)
        edge->entries[slot] = evidence;
    else
        edge->only = evidence;
}

void tc_evidence_drop(struct tc_lock_order *order) {
    for (size_t i = 0; i < order->edge_count; i++)
        if (order->edges[i].size > 1)
            free(order->edges[i].entries);
    free(order->edges);
    order->edges = NULL;
    order->edge_count = order->edge_capacity = 0;
    tc_lock_contexts_clear(&order->contexts);
}
