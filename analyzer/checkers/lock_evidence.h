/* lock_evidence.h: what lock_order.c gathers while the trace runs and lock_cycle.c judges at its
 * end.
 *
 * An edge stands for all requests for one lock with another one held; its evidence are some of the
 * contexts (lock_contexts.h) in which that happened.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_LOCK_EVIDENCE_H
#define TC_ANALYZER_LOCK_EVIDENCE_H

#include "analyzer/checkers/checker.h"
#include "analyzer/checkers/lock_contexts.h"
#include "analyzer/checkers/lock_graph.h"

#define TC_EVIDENCE 256u /* contexts kept of one edge: the first half of them, the last half */

struct tc_evidence {
    uint32_t context; /* its number */
    uint32_t hold;    /* which of its holds the edge comes from */
};

struct tc_edge_evidence {
    union {
        struct tc_evidence only;     /* with a size of 1, as mostly */
        struct tc_evidence *entries; /* with more */
    };
    uint32_t count, size;
    uint64_t seen;
};

static inline const struct tc_evidence *tc_evidence_of(const struct tc_edge_evidence *edge) {
    return edge->size > 1 ? edge->entries : &edge->only;
}

/* When an object was initialised: by which thread, at which own entry of its clock; 0: not seen. */
struct tc_birth {
    uint32_t thread, own;
};

/* What is gathered. */
enum tc_gathering {
    TC_GATHER_ALL,    /* edges and contexts */
    TC_GATHER_EDGES,  /* edges: there are too many contexts to keep them all */
    TC_GATHER_CYCLIC, /* contexts of those edges that lie on cycles: the trace is read again */
};

struct tc_lock_order {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct tc_lock_graph *graph;
    struct tc_edge_evidence *edges; /* by the graph's numbers */
    size_t edge_count, edge_capacity;
    struct tc_lock_contexts contexts;
    struct tc_birth *births; /* by object */
    size_t birth_size;
    enum tc_gathering gathering;
    size_t context_limit;
    bool *wanted;      /* with GATHER_CYCLIC, by edge: it lies on a cycle */
    uint32_t evidence; /* likewise: contexts kept of one edge */
    bool limited;      /* likewise: not all contexts of all these edges are there */
    void (*progress)(void *context, double part); /* of the configuration */
    void *progress_context;
};

/* Whether an edge takes one more context of this thread. */
bool tc_evidence_takes(const struct tc_lock_order *order, uint32_t edge, uint32_t thread);

/* Adds to the evidence of an edge.  Of one that has TC_EVIDENCE, the last half is overwritten in
 * turn. */
void tc_evidence_add(struct tc_lock_order *order, uint32_t edge, struct tc_evidence evidence);

/* Forgets all contexts, and the evidence of all edges. */
void tc_evidence_drop(struct tc_lock_order *order);

#endif
