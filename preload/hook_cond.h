/* hook_cond.h: a wait on a condition, as pthread_cond_* and cnd_* share it.
 *
 * Threads: everything here is called by the thread that waits.
 */
#ifndef TC_PRELOAD_HOOK_COND_H
#define TC_PRELOAD_HOOK_COND_H

#include "preload/hook.h"

struct tc_cond_wait {
    struct tc_blocking call; /* its frame stays first */
    struct tc_ref mutex;
    bool held; /* the mutex was held when the wait began */
};

/* Fills `wait`; between tc_enter and tc_cond_call.  `code` is WAIT or WAIT_TIMED. */
void tc_cond_prepare(struct tc_cond_wait *wait, struct tc_thread *self, const void *cond,
                     pthread_mutex_t *mutex, uint32_t stack, enum tc_event_code code);

/* Records the wait, leaves, and makes the real call. */
long tc_cond_call(struct tc_cond_wait *wait, struct tc_thread *self, void *function, long a, long b,
                  long c, long d);

/* Records the end of the wait: 0, or its error number. */
void tc_cond_finish(struct tc_cond_wait *wait, uint32_t result);

#endif
