/* compact.h: recording that stays small however long the program runs (record=compact).
 *
 * What: what repeats is left out of the trace and counted.
 *   Locks.  An acquire in a context that was kept often enough (the same thread, lock, stack,
 * event, and held locks with their stacks, since the thread last sent or received something) is put
 *       off, and dropped together with its release.  When something else is written before that, so
 *       are all that were put off, in their order, so that it stands in the right held set. Tickets
 *       are taken for what is written, while the lock is held: the order has no gaps.
 *   All else that orders (conditions, semaphores, events, barriers) is kept whole until an object
 *       has had EVENTS of them, and after that for a while whenever a new lock context turns up
 *       anywhere, so that it is known how the two sides of it are ordered.
 *   Waits that are left out are in the trace as long as they last, with what is held: a process
 *       that is killed while it hangs shows its deadlock.
 *   Misuse, life cycles, and what the process does are kept; a failure that repeats, a few times.
 * Threads: each function works for the calling thread, busy (tc_busy_begin).
 */
#ifndef TC_PRELOAD_COMPACT_H
#define TC_PRELOAD_COMPACT_H

#include "preload/recorder.h"
#include "preload/thread.h"

/* Whether the process records so: from its start, or once the trace has grown to its limit. */
extern bool tc_compact_wanted;

/* By the options, when the file has been made. */
void tc_compact_begin(void);

/* When a thread begins a chunk: it goes over to compact recording once that is wanted. */
void tc_compact_chunk(struct tc_thread *self);

/* There is no more space for the trace: what is new is not kept from here on either, so that what
 * must not be missed finds room in what is left. */
void tc_compact_no_space(void);

/* At the start of a thread as many were before (churn.h): nothing is written of it either, until
 * something must be. */
void tc_compact_brief(struct tc_thread *self);

/* Whether nothing was written of such a thread so far. */
bool tc_compact_passes_unseen(const struct tc_thread *self);

/* Instead of appending (event.h): of a thread with `compact`. */
void tc_compact_event(struct tc_thread *self, enum tc_event_code code, struct tc_ref object,
                      uint32_t stack, uint64_t arg, uint32_t result);

/* The same for an acquire of a lock, where nothing is to be written; false: nothing was done. */
bool tc_compact_hold(struct tc_thread *self, uint32_t id, uint32_t stack, uint8_t code);

/* Before a record names an object: one of which nothing was written (churn.h) is told of. */
void tc_compact_name(struct tc_thread *self, uint32_t id);

/* Around the real call that may block; within tc_wait_begin and tc_wait_end. */
void tc_compact_wait_begin(struct tc_thread *self);
void tc_compact_wait_end(struct tc_thread *self);

/* After a loss everything that is held was told: nothing is put off any more. */
void tc_compact_told(struct tc_thread *self);

/* At the end of the process, by the thread that ends it: what was left out of each object. */
void tc_compact_tell_all(struct tc_thread *self);

/* In a forked child. */
void tc_compact_forked(void);

#endif
