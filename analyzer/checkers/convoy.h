/* convoy.h: unbroken stretches of time in which somebody waited for one lock.
 *
 * What: waits are given one by one, roughly in the order of their ends; those that overlap make one
 *       stretch.  Pure library, tested against a naive model.
 * Rules: not thread-safe.  Of stretches that are over, the newest few can still be joined by a long
 *        wait; memory goes by their number and the threads in them.
 */
#ifndef TC_ANALYZER_CONVOY_H
#define TC_ANALYZER_CONVOY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tc_convoys;

struct tc_convoys *tc_convoys_new(void);
void tc_convoys_free(struct tc_convoys *convoys); /* NULL is fine */

/* A thread waited from `from` to `to`. */
void tc_convoys_add(struct tc_convoys *convoys, uint32_t thread, uint64_t from, uint64_t to);

/* The stretch with the greatest sum of waits among those in which two or more threads waited: how
 * many did, and how long it was.  0 and 0 when there is none. */
void tc_convoys_worst(const struct tc_convoys *convoys, uint32_t *threads, uint64_t *time);

#ifdef __cplusplus
}
#endif
#endif
