/* lock_order.h: what lock_order.c gathers while the trace runs and lock_cycle.c judges at its end.
 *
 * A context is one way in which one thread asked for one lock: with these locks held, in these
 * modes.  It stands for any number of events and stacks and keeps the first of them.  Its moments
 * are where in the happens-before order it was seen.
 */
#ifndef TC_ANALYZER_LOCK_ORDER_H
#define TC_ANALYZER_LOCK_ORDER_H

#include <uthash.h>

#include "analyzer/checkers/checker.h"
#include "analyzer/checkers/lock_graph.h"

#define TC_MOMENTS  8    /* kept of one context: the first, the last, evenly spaced ones between */
#define TC_EVIDENCE 256u /* contexts kept of one edge: the first half of them, the last half */

struct tc_moment {
    uint32_t own;    /* the thread's own entry of its clock */
    uint64_t number; /* of the record */
    struct tc_snapshot *known;
};

struct tc_hold { /* a lock that is held */
    uint32_t object, stack;
    uint8_t mode;
};

struct tc_lock_context {
    uint64_t key; /* of thread, held objects and modes, requested object and mode */
    uint32_t thread, object, stack;
    uint8_t mode;
    bool timed;
    uint64_t count;
    uint32_t hold_count;
    struct tc_hold *holds;
    struct tc_moment *moments; /* mostly one: as few as there are */
    uint32_t moment_count, moment_size, stride, seen;
    UT_hash_handle hh;
};

struct tc_evidence {
    struct tc_lock_context *context;
    uint32_t hold; /* which of its holds the edge comes from */
};

struct tc_edge_evidence {
    struct tc_evidence *entries; /* mostly one */
    uint32_t count, size;
    uint64_t seen;
};

/* When an object was initialised: by which thread, at which own entry of its clock; 0: not seen. */
struct tc_birth {
    uint32_t thread, own;
};

struct tc_lock_order {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct tc_lock_graph *graph;
    struct tc_edge_evidence *edges; /* by the graph's numbers */
    size_t edge_count, edge_capacity;
    struct tc_lock_context *contexts;
    struct tc_birth *births; /* by object */
    size_t birth_size;
};

/* Reports the cycles that can happen. */
void tc_lock_cycles_report(struct tc_lock_order *order);

#endif
