/* merge.h: which thread's stream is read next.
 *
 * What: the order of trace_format.h without a heap: a thread runs until it meets a ticket whose
 *       predecessor has not been seen; it is filed under (object, ticket), and whoever takes the
 *       predecessor makes it ready again.  A thread with a known creator becomes ready when its
 *       creation is seen, so that it costs nothing before.  When nobody is ready, records are
 *       missing: the thread with the smallest gap goes on, the lowest index first, and the stall is
 *       counted.
 * Rules: single-threaded.
 */
#ifndef TC_ANALYZER_MERGE_H
#define TC_ANALYZER_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/model/model.h"

struct tc_merge;

struct tc_merge *tc_merge_new(uint32_t threads); /* indices are 1 to this */
void tc_merge_free(struct tc_merge *merge);

/* Makes a thread ready that was neither ready nor waiting before; once per thread. */
void tc_merge_start(struct tc_merge *merge, uint32_t thread);

/* Files a thread until ticket - 1 of the object is taken. */
void tc_merge_wait(struct tc_merge *merge, uint32_t thread, struct tc_object *object,
                   uint64_t ticket);

/* Makes those ready that wait for the next ticket of the object. */
void tc_merge_wake_next(struct tc_merge *merge, struct tc_object *object);

/* Whether a thread may wait for a ticket up to this one. */
static inline bool tc_merge_awaits(const struct tc_object *object, uint64_t ticket) {
    return __builtin_expect(object->waiting && object->awaited <= ticket, 0);
}

/* To be called when an object has got to object->ticket. */
static inline void tc_merge_wake(struct tc_merge *merge, struct tc_object *object) {
    if (tc_merge_awaits(object, object->ticket + 1))
        tc_merge_wake_next(merge, object);
}

/* The next thread to run; 0: all are through.  Threads not started yet start when nobody else is
 * ready.  `stalled` tells that the thread has to go on without the predecessor of its ticket. */
uint32_t tc_merge_next(struct tc_merge *merge, bool *stalled);

/* The thread whose turn comes `after` others from now on, as far as is known; 0: none yet. */
uint32_t tc_merge_later(const struct tc_merge *merge, uint32_t after);

#endif
