/* clock.h: vector clocks with shared, immutable snapshots.
 *
 * What: a clock maps thread index -> how many sends of that thread are known.  Pure library, tested
 *       against a naive model.  Snapshots are reference-counted, so that the thousandth child of
 * one thread does not copy a thousand entries. Source: F. Mattern, Virtual Time and Global States
 * of Distributed Systems (1988), section 4; epochs as in Flanagan and Freund, FastTrack (PLDI
 * 2009), section 3. Rules: not thread-safe.  Out of memory ends the analyzer with a message
 * (base/memory.h).
 */
#ifndef TC_ANALYZER_CLOCK_H
#define TC_ANALYZER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tc_clock;    /* of one thread; changes */
struct tc_snapshot; /* what it knew at one moment; immutable, reference-counted */

struct tc_clock *tc_clock_new(uint32_t thread);
void tc_clock_free(struct tc_clock *clock);

/* The entry for `thread`; a thread's own entry starts at 1. */
uint32_t tc_clock_get(const struct tc_clock *clock, uint32_t thread);

/* The moment now, to be kept.  Costs nothing while the clock does not change in between. */
struct tc_snapshot *tc_clock_snapshot(struct tc_clock *clock);
struct tc_snapshot *tc_snapshot_keep(struct tc_snapshot *snapshot);
void tc_snapshot_drop(struct tc_snapshot *snapshot); /* NULL is fine */
uint32_t tc_snapshot_get(const struct tc_snapshot *snapshot, uint32_t thread);

/* Send: returns the moment and moves the thread's own entry on. */
struct tc_snapshot *tc_clock_send(struct tc_clock *clock);

/* Whether the clock is known to know all that `from` knew; false may mean that it is not worth
 * finding out. */
bool tc_clock_covers(const struct tc_clock *clock, const struct tc_snapshot *from);

/* Receive: the clock knows what `from` knew, too.  Returns whether it learned something. */
bool tc_clock_receive(struct tc_clock *clock, const struct tc_snapshot *from);

/* The union of two moments, as a new snapshot; for objects that gather sends (semaphores). */
struct tc_snapshot *tc_snapshot_join(const struct tc_snapshot *a, const struct tc_snapshot *b);

/* Whether a moment of thread `a_thread`, at its own entry `a_time`, happens before `b`. */
static inline bool tc_epoch_before(uint32_t a_thread, uint32_t a_time,
                                   const struct tc_snapshot *b) {
    return tc_snapshot_get(b, a_thread) > a_time;
}

#ifdef __cplusplus
}
#endif
#endif
