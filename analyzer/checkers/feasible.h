/* feasible.h: whether lock requests of several threads can really meet.
 *
 * What: looks for an order of the steps of a replay in which every given thread comes to its
 * request while the others are at theirs.  The order keeps what the trace ordered by other means
 * than locks (create and join, conditions, semaphores, barriers, events, annotations) and lets no
 *       two threads into one lock.  An order that is found is a proof; that none is found is not,
 *       as the search is bounded.
 * Source: the closures of Tunç, Mathur, Pavlogiannis and Viswanathan, Sound Dynamic Deadlock
 *         Prediction in Linear Time (PLDI 2023), section 4, made constructive; critical sections
 *         that span threads as in Sulzmann, Partial orders for precise and efficient dynamic
 *         deadlock prediction (2025).
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_FEASIBLE_H
#define TC_ANALYZER_FEASIBLE_H

#include "analyzer/checkers/replay.h"

/* A request that a thread is to reach without making it. */
struct tc_target {
    uint32_t thread;
    uint64_t number; /* record.number of the request or acquire */
};

enum tc_feasible {
    TC_FEASIBLE_YES,
    TC_FEASIBLE_NOT_FOUND,
    TC_FEASIBLE_TOO_LONG, /* it lies too deep in the trace, or enough was searched for already */
};

/* An order of steps that was found: whose step comes next.  The Nth entry of a thread stands for
 * the Nth step of its replay. */
struct tc_schedule {
    uint32_t *threads;
    size_t count, capacity;
};

/* What stood in the way of the order that was tried first. */
struct tc_obstacle {
    uint32_t thread; /* that got stuck; 0: not known */
    uint32_t object; /* the lock that it did not get; 0: it waited for another thread's send */
    uint32_t holder; /* who holds that lock, or would have had to send; 0: not known */
};

/* Whether the `count` targets, all of different threads, can meet.  `schedule` (to be freed by
 * tc_schedule_clear) is filled in when they can, `obstacle` when no order was found. */
enum tc_feasible tc_feasible_meet(struct tc_replay *replay, const struct tc_target *targets,
                                  size_t count, struct tc_schedule *schedule,
                                  struct tc_obstacle *obstacle);
void tc_schedule_clear(struct tc_schedule *schedule);

#endif
