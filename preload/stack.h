/* stack.h: ids of stacks; what the rest of the recorder tells the part that captures them.
 * Threads: as each says.
 */
#ifndef TC_PRELOAD_STACK_H
#define TC_PRELOAD_STACK_H

#include "preload/recorder.h"

/* A module was unloaded: no stack that was captured before may be taken for a later one.  Called
 * with the guard on; other threads may capture meanwhile. */
void tc_stack_unloaded(void);

/* The stack at `site` if it has interpreted frames in it and was seen before; else 0.  Takes no
 * lock and needs no guard. */
uint32_t tc_stack_inner(const struct tc_thread *self, struct tc_site site);

/* In a forked child, which begins a trace of its own: ids start anew.  No other thread is there. */
void tc_stack_forked(void);

#endif
