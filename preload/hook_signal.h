/* hook_signal.h: the signal handlers that the calling thread is in.
 *
 * Threads: everything here concerns the calling thread.
 */
#ifndef TC_PRELOAD_HOOK_SIGNAL_H
#define TC_PRELOAD_HOOK_SIGNAL_H

#include "preload/hook.h"
#include "preload/signal_told.h"

/* A handler that runs; lies on the stack that it runs on. */
struct tc_handler {
    struct tc_frame frame; /* stays first */
    struct tc_handler *outer;
    uintptr_t interrupted; /* stack pointer of what it interrupted */
    int number;
    bool entered; /* HANDLER_ENTER was recorded */
    bool serves;  /* it carries out a system call of the shim's, as a sandbox's does */
};

bool tc_in_handler(void);

/* The stack pointer is about to be set from `here` to `target`: leaves the handlers that this
 * leaves.  A jump stays within a handler when it goes to a place between `here` and where the
 * handler began, on whatever stack that is. */
void tc_handlers_jump(uintptr_t here, uintptr_t target);

/* Sampling begins in this thread: SIGTRAP is open from here on; the program reads back what it had
 * set. */
void tc_trap_open(void);

/* The program has blocked it, which is not done while races are sampled. */
bool tc_trap_is_blocked(void);

#endif
