/* sample_session.h: a session: some threads have a watch each, for some milliseconds at most.
 *
 * What: what sample.c, which decides what is watched, and sample_session.c, which decides when, say
 * to each other. Threads: the hang watch's, but for is_idle and start.
 */
#ifndef TC_PRELOAD_RACE_SAMPLE_SESSION_H
#define TC_PRELOAD_RACE_SAMPLE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/race/sample_event.h"

enum tc_session_state {
    TC_SESSION_IDLE, /* none is open, or it waits to be ended */
    TC_SESSION_BUSY,
    TC_SESSION_CLOCK,
    TC_SESSION_CODE,
    TC_SESSION_DATA,
    TC_SESSION_HELD,
};

/* Before the first. */
void tc_session_start(void);

/* Chooses what the next one watches, and whether a clock is needed; false: not now. */
bool tc_session_plan(uint64_t now, struct tc_watch *what, bool *clock);

/* ns for which a thread will be held up in it. */
uint64_t tc_session_hold(void);

/* It was opened, until then; or there is not `any` watch, and it is over. */
void tc_session_begun(const struct tc_watch *what, bool any, uint64_t until);

/* Its time is over; false: a thread is at it just now. */
bool tc_session_end(void);
bool tc_session_is_idle(void);

#endif
