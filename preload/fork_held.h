/* fork_held.h: which locks other threads hold at the moment of a fork.
 *
 * What: the child has a copy of those locks and none of those threads, so that nobody in it can
 *       release them.  Looked at by an atfork handler that comes after the program's own, since
 *       these may well take locks to hold them over the fork.
 * Threads: works for the forking thread; reads the held lists of the others.
 */
#ifndef TC_PRELOAD_FORK_HELD_H
#define TC_PRELOAD_FORK_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/recorder.h"

#define TC_FORK_HELD_MAX 16 /* more are not told */

struct tc_fork_held {
    uint32_t count;
    uint32_t fate; /* where the child says what it did, from 1; 0: nowhere */
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

/* A child that only replaces itself by another program needs none of the locks: it says so in
 * memory that it shares with its parent, for the first TC_FORK_FATES children forked with locks
 * held (of later ones nothing is recorded).  After the fork, in the parent and in the child: */
#define TC_FORK_FATES 1023
void tc_fork_fate_parent(const struct tc_fork_held *held, int child);
void tc_fork_fate_child(const struct tc_fork_held *held);

/* In the child: it is about to exec, or that failed. */
void tc_fork_fate_exec(bool does);

/* In the parent, before it ends: FORK_EXECED for each child that did. */
void tc_fork_fates_tell(struct tc_thread *self);

#endif
