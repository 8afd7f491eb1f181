/* arch_aarch64.h: see arch.h.
 *
 * Source: Arm, Procedure Call Standard and DWARF for the Arm 64-bit Architecture.
 */
#ifndef TC_PRELOAD_ARCH_AARCH64_H
#define TC_PRELOAD_ARCH_AARCH64_H

#include <stddef.h>

#define TC_LIBC_FIRST          "GLIBC_2.17"
#define TC_LIBC_OLD_CONDITIONS 0
#define TC_REWRITES            0
#define TC_LINK_REGISTER       1

/* A frame record may be anywhere in its frame, so it is what places are counted from.  Return
 * addresses are in it as they were before a call, or signed. */
#define TC_CALLER_BASE() ((uintptr_t)__builtin_frame_address(0) + 16)

/* x29, sp, x30. */
enum { TC_DWARF_FP = 29, TC_DWARF_SP = 31, TC_DWARF_RA = 30, TC_DWARF_FIRST_CFA = 0 };

enum { TC_RELOCATION_JUMP = R_AARCH64_JUMP_SLOT, TC_RELOCATION_DATA = R_AARCH64_GLOB_DAT };

/* struct ucontext behind a siginfo of 128 bytes; "mov x8, #139; svc #0". */
enum {
    TC_SIGNAL_REGISTERS = 128 + offsetof(ucontext_t, uc_mcontext.regs),
    TC_SIGNAL_FP = TC_SIGNAL_REGISTERS + 29 * 8,
    TC_SIGNAL_LINK = TC_SIGNAL_REGISTERS + 30 * 8,
    TC_SIGNAL_SP = TC_SIGNAL_REGISTERS + 31 * 8,
    TC_SIGNAL_PC = TC_SIGNAL_REGISTERS + 32 * 8,
};
#define TC_SIGNAL_RETURN 0xd4000001d2801168ull

/* glibc keeps its thread block below the thread pointer; thread-local variables are above it. */
#define TC_TLS_BELOW (64u << 10)
#define TC_TLS_ABOVE (64u << 10)

static inline void tc_pause(void) {
    __asm__ volatile("yield");
}

static inline void tc_thread_head(void *head[3]) {
    (void)head; /* two words, which dynamic linking alone looks at */
}

static inline long tc_clone(long flags, void *top, void (*function)(void), void *parent_tid,
                            void *child_tid, void *thread_pointer) {
    register long x8 __asm__("x8") = SYS_clone;
    register long x0 __asm__("x0") = flags;
    register long x1 __asm__("x1") = (long)top;
    register long x2 __asm__("x2") = (long)parent_tid;
    register long x3 __asm__("x3") = (long)thread_pointer;
    register long x4 __asm__("x4") = (long)child_tid;
    register void (*x5)(void) __asm__("x5") = function;
    __asm__ volatile("svc #0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "mov x30, xzr\n\t"
                     "blr x5\n\t"
                     "brk #0\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory", "cc");
    return x0;
}

static inline uintptr_t tc_context_sp(const ucontext_t *context) {
    return (uintptr_t)context->uc_mcontext.sp;
}

/* glibc keeps the stack pointer as the 14th word of a jmp_buf and the return address as the 12th,
 * both masked with a secret of the process: as in one of our own, where they are known. */
static __attribute__((noinline, unused)) uintptr_t tc_jump_target(const struct __jmp_buf_tag *env) {
    enum { RETURN_ADDRESS = 11, STACK_POINTER = 13 };
    struct __jmp_buf_tag own[1];
    uintptr_t sp, pc;
    (void)_setjmp(own); /* nobody jumps there */
    __asm__ volatile("mov %0, sp\n\tadr %1, ." : "=r"(sp), "=r"(pc));
    uintptr_t secret = (uintptr_t)own->__jmpbuf[STACK_POINTER] ^ sp;
    uintptr_t back = (uintptr_t)own->__jmpbuf[RETURN_ADDRESS] ^ secret;
    return back <= pc && pc - back < 64 ? (uintptr_t)env->__jmpbuf[STACK_POINTER] ^ secret
                                        : UINTPTR_MAX;
}

/* XPACLRI, which processors without pointer authentication take for a no-op. */
static inline uintptr_t tc_code_address(uintptr_t address) {
    register uintptr_t x30 __asm__("x30") = address;
    __asm__("hint #7" : "+r"(x30));
    return x30;
}

#define TC_ASM_CALL_WITH(personality)                                                              \
    ".cfi_startproc\n"                                                                             \
    ".cfi_personality 0x1b, " personality "\n"                                                     \
    "stp x29, x30, [sp, #-16]!\n"                                                                  \
    ".cfi_def_cfa_offset 16\n"                                                                     \
    ".cfi_offset 29, -16\n"                                                                        \
    ".cfi_offset 30, -8\n"                                                                         \
    "mov x29, sp\n"                                                                                \
    "mov x5, x0\n"                                                                                 \
    "mov x0, x1\n"                                                                                 \
    "mov x1, x2\n"                                                                                 \
    "mov x2, x3\n"                                                                                 \
    "mov x3, x4\n"                                                                                 \
    "blr x5\n"                                                                                     \
    "ldp x29, x30, [sp], #16\n"                                                                    \
    ".cfi_restore 30\n"                                                                            \
    ".cfi_restore 29\n"                                                                            \
    ".cfi_def_cfa_offset 0\n"                                                                      \
    "ret\n"                                                                                        \
    ".cfi_endproc\n"

/* The kernel gives the context only to handlers that asked for it; it is where the stack pointer
 * is, behind the siginfo. */
#define TC_ASM_SIGNAL_STUB(number, function)                                                       \
    "mov w3, #" number "\n"                                                                        \
    "add x2, sp, #128\n"                                                                           \
    "b " function "\n"

#define TC_SYS_FUTEX        "98"
#define TC_SYS_FUTEX_NUMBER 98
#define TC_ASM_SYSCALL(number, function, pointer)                                                  \
    "hint #34\n" /* bti c */                                                                       \
    "cmp x0, #" number "\n"                                                                        \
    "b.eq " function "\n"                                                                          \
    "adrp x16, " pointer "\n"                                                                      \
    "ldr x16, [x16, :lo12:" pointer "]\n"                                                          \
    "br x16\n"

#define TC_ASM_JUMP(function)                                                                      \
    "adrp x16, :got:" function "\n"                                                                \
    "ldr x16, [x16, :got_lo12:" function "]\n"                                                     \
    "br x16\n"

#endif
