/* enter.h: tc_enter and tc_leave of recorder.h as inline code, for hooks that are called often.
 * Threads: each works for the calling thread.
 */
#ifndef TC_PRELOAD_ENTER_H
#define TC_PRELOAD_ENTER_H

#include <errno.h>

#include "preload/process.h"

/* Only ever inlined; process.c has the functions themselves. */
#define TC_ONLY_INLINE extern inline __attribute__((gnu_inline, always_inline))

TC_ONLY_INLINE struct tc_thread *tc_enter(void) {
    struct tc_thread *self = tc_active();
    if (TC_UNLIKELY(!self || !self->index))
        return tc_enter_slow();
    tc_local.guard = (uintptr_t)__builtin_frame_address(0);
    tc_local.active = NULL;
    tc_local.kept_errno = errno;
    return self;
}

TC_ONLY_INLINE void tc_leave(struct tc_thread *self) {
    if (TC_UNLIKELY(self->attention || tc_process.mode == TC_MODE_OFF)) {
        tc_leave_slow(self);
        return;
    }
    errno = tc_local.kept_errno;
    tc_local.guard = 0;
    tc_local.active = self;
}

#endif
