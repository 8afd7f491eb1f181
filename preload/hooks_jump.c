/* hooks_jump.c: longjmp, by which a program may leave a signal handler.
 *
 * What: tells hooks_signal.c where the stack goes.  Nothing is recorded outside of handlers.
 * Threads: each hook works for the calling thread.
 */
#include "preload/hook_signal.h"

#include <string.h>

/* glibc keeps the stack pointer as the seventh word of a jmp_buf, rotated and masked with a secret
 * of the thread (its PTR_MANGLE). */
#define JMP_BUF_STACK_POINTER 6

static uintptr_t target_of(const struct __jmp_buf_tag *env) {
    uintptr_t word = (uintptr_t)env->__jmpbuf[JMP_BUF_STACK_POINTER];
    uintptr_t secret;
    __asm__("mov %%fs:0x30, %0" : "=r"(secret));
    return (word >> 0x11 | word << (64 - 0x11)) ^ secret;
}

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
            tc_handlers_jump((uintptr_t)__builtin_frame_address(0), target_of(env));               \
        tc_jumped(target_of(env));                                                                 \
        restores_mask(env);                                                                        \
        TC_REAL(name)(env, value);                                                                 \
        __builtin_unreachable();                                                                   \
    }
void __longjmp_chk(struct __jmp_buf_tag env[1], int value) __attribute__((noreturn));
JUMP(longjmp)
JUMP(_longjmp)
JUMP(siglongjmp)
JUMP(__longjmp_chk)
