/* collect.h: collectors: checkers that find nothing and gather what reports show beside findings.
 *
 * What: the lock-order graph, the lock profile, and spans of time in which a thread held or waited.
 *       They run in the engine like checkers, only when a report asks for them, and state
 *       everything by ids; the report gives names.  What `create` returned, which tc_engine_self
 *       hands out, is the data.
 * Times: the trace has clocks around operations that block, and samples.  A record is `exact` when
 *       its thread's clock was read right before it; else its time is the earliest that it can have
 *       happened at.
 * Rules: not thread-safe.  Memory goes by distinct contexts; that of spans is bounded.
 */
#ifndef TC_ANALYZER_COLLECT_H
#define TC_ANALYZER_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/histogram.h"
#include "analyzer/checkers/checker.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Graph: `from` was held when `to` was asked for. */
struct tc_order_edge {
    uint32_t from, to; /* object ids */
    uint32_t stack;    /* where, the first time */
    uint64_t count;
    bool cycle; /* lies on a cycle */
};
struct tc_order_graph {
    struct tc_order_edge *edges; /* in the order of first mention */
    size_t count;
};
extern const struct tc_checker tc_collector_graph;
const struct tc_order_graph *tc_order_graph(const void *self);

/* Profile: of one object. */
struct tc_profile_stack {
    uint32_t stack;
    uint64_t count, total; /* total: ns */
};
struct tc_profile_lock {
    uint32_t object;
    uint64_t acquisitions, contended;
    struct tc_histogram wait; /* of those that had to wait and got it */
    /* Holds for which somebody waited at their end, and all others: all, and the measured ones. */
    uint64_t waited_for, not_waited_for;
    struct tc_histogram hold_waited_for, hold_free;
    struct tc_profile_stack *waiters; /* where they asked: waits, time waited */
    size_t waiter_count;
    struct tc_profile_stack *holders; /* where those acquired it who made others wait */
    size_t holder_count;
    /* Worst unbroken stretch of time in which somebody waited, by the sum of the waits. */
    uint32_t convoy_threads; /* that waited in it; below 2: none */
    uint64_t convoy_time;
};
extern const struct tc_checker tc_collector_profile;
size_t tc_profile_count(const void *self); /* locks, in the order of first use */
const struct tc_profile_lock *tc_profile_lock(const void *self, size_t index);

/* Spans. */
struct tc_span {
    uint32_t thread, object;
    bool waits; /* else holds */
    bool exact_from, exact_to;
    bool open;         /* not over when the trace ended */
    uint32_t stack;    /* where it began */
    uint32_t giver;    /* waits for a lock: thread that released it at last, 0: not known */
    uint64_t from, to; /* ns since the process started */
    uint64_t number;   /* order in which they began, over all threads */
};

/* Spans of one thread around a place: before and after it. */
struct tc_span_capture {
    uint32_t thread, stack; /* where it acquires or asks for something; stack 0: the thread's end */
    bool last;              /* the last time that it is there, else the first */
    struct tc_span *spans;  /* found, by `number`; freed by tc_span_plan_free */
    size_t count;
    uint64_t mark; /* used by the collector */
    int state;
};
struct tc_span_plan {
    struct tc_span_capture *captures;
    size_t capture_count;
    size_t limit;        /* of spans of the whole run, 0: none are kept */
    struct tc_span *all; /* those, by `number` */
    size_t all_count;
    uint64_t left_out; /* spans that are not in `all`: the shortest */
    uint64_t least;    /* whatever lasted longer than this is in it */
    uint64_t end;      /* the last known time of the run */
};
/* Keeps its results in tc_config.spans. */
extern const struct tc_checker tc_collector_spans;
void tc_span_plan_free(struct tc_span_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
