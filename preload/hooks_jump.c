/* hooks_jump.c: longjmp, by which a program may leave a signal handler.
 *
 * What: tells hooks_signal.c where the stack goes.  Nothing is recorded outside of handlers.
 * Threads: each hook works for the calling thread.
 */
#include "preload/hook_signal.h"

#include <string.h>

#include "preload/arch.h"

/* A sigsetjmp that saved the mask has it put back. */
static void restores_mask(const struct __jmp_buf_tag *env) {
    uint64_t mask;
    memcpy(&mask, &env->__saved_mask, sizeof mask);
    if (env->__mask_was_saved)
        tc_mask_changed(mask);
}

#define JUMP(name)                                                                                 \
    TC_EXPORT void name(struct __jmp_buf_tag env[1], int value) {                                  \
        if (tc_in_handler())                                                                       \
            tc_handlers_jump((uintptr_t)__builtin_frame_address(0), tc_jump_target(env));          \
        tc_jumped(tc_jump_target(env));                                                            \
        restores_mask(env);                                                                        \
        TC_REAL(name)(env, value);                                                                 \
        __builtin_unreachable();                                                                   \
    }
void __longjmp_chk(struct __jmp_buf_tag env[1], int value) __attribute__((noreturn));
JUMP(longjmp)
JUMP(_longjmp)
JUMP(siglongjmp)
JUMP(__longjmp_chk)
