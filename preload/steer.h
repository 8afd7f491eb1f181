/* steer.h: holds threads back at the places that a plan names (option steer; `threadcheck
 * confirm`), so that what was predicted comes about.
 *
 * What: only delays; no result is changed and no wait is longer than the plan says.  The places are
 *       recognised where stacks are captured, and such stacks are not remembered for the quick way,
 *       so that without a plan nothing of this costs anything.
 * Threads: any; the state is in the shared mapping of the plan.
 */
#ifndef TC_PRELOAD_STEER_H
#define TC_PRELOAD_STEER_H

#include <stdbool.h>

#include "preload/unwind.h"

/* Maps the plan that the options name.  True: there is one.  From the constructor. */
bool tc_steer_begin(void);

/* From then on libraries tell the begin of their operations, too (hooks_threading.c). */
void tc_steer_libraries(void);

/* The role whose place this stack is, or -1. */
int tc_steer_role(const struct tc_unwound *stack);

/* Keeps the calling thread in its role until it may go on. */
void tc_steer_hold(int role);

#endif
