/* fork_held.h: which locks other threads hold at the moment of a fork.
 *
 * What: the child has a copy of those locks and none of those threads, so that nobody in it can
 *       release them.  Looked at by an atfork handler that comes after the program's own, since
 *       these may well take locks to hold them over the fork.
 * Threads: works for the forking thread; reads the held lists of the others.
 */
#ifndef TC_PRELOAD_FORK_HELD_H
#define TC_PRELOAD_FORK_HELD_H

#include <stdint.h>

#include "preload/recorder.h"

#define TC_FORK_HELD_MAX 16 /* more are not told */

struct tc_fork_held {
    uint32_t count;
    struct {
        uint32_t object, thread, stack;
    } entries[TC_FORK_HELD_MAX];
};

/* In the constructor, before the program can register handlers of its own. */
void tc_fork_held_begin(void);

/* What is held now goes into `held`, and again when all atfork handlers ran; NULL: no more. */
void tc_fork_held_into(struct tc_fork_held *held);

/* Records it: one FORK_HELD each. */
void tc_fork_held_tell(struct tc_thread *self, uint32_t stack, const struct tc_fork_held *held);

#endif
