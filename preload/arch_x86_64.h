/* arch_x86_64.h: see arch.h. */
#ifndef TC_PRELOAD_ARCH_X86_64_H
#define TC_PRELOAD_ARCH_X86_64_H

#define TC_LIBC_FIRST          "GLIBC_2.2.5"
#define TC_LIBC_OLD_CONDITIONS 1
#define TC_REWRITES            1
#define TC_LINK_REGISTER       0

#define TC_CALLER_BASE() ((uintptr_t)__builtin_dwarf_cfa())

/* rbp, rsp, and the column of the return address. */
enum { TC_DWARF_FP = 6, TC_DWARF_SP = 7, TC_DWARF_RA = 16, TC_DWARF_FIRST_CFA = 8 };

enum { TC_RELOCATION_JUMP = R_X86_64_JUMP_SLOT, TC_RELOCATION_DATA = R_X86_64_GLOB_DAT };

/* struct ucontext of the kernel. */
enum { TC_SIGNAL_FP = 120, TC_SIGNAL_SP = 160, TC_SIGNAL_PC = 168, TC_SIGNAL_RETURN = 0 };

/* glibc's code finds its thread block at %fs; thread-local variables are below it. */
#define TC_TLS_BELOW (64u << 10)
#define TC_TLS_ABOVE 4096u

static inline void tc_pause(void) {
    __builtin_ia32_pause();
}

static inline void tc_thread_head(void *head[3]) {
    head[0] = head[2] = head; /* as glibc has them: itself, its table of modules, itself */
}

static inline long tc_clone(long flags, void *top, void (*function)(void), void *parent_tid,
                            void *child_tid, void *thread_pointer) {
    long result;
    register long r10 __asm__("r10") = (long)child_tid;
    register long r8 __asm__("r8") = (long)thread_pointer;
    register void (*r9)(void) __asm__("r9") = function;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "call *%%r9\n\t"
                     "hlt\n"
                     "1:"
                     : "=a"(result)
                     : "a"(SYS_clone), "D"(flags), "S"(top), "d"(parent_tid), "r"(r10), "r"(r8),
                       "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static inline uintptr_t tc_context_sp(const ucontext_t *context) {
    return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
}

/* glibc keeps the stack pointer as the seventh word of a jmp_buf, rotated and masked with a secret
 * of the thread (its PTR_MANGLE). */
static inline uintptr_t tc_jump_target(const struct __jmp_buf_tag *env) {
    uintptr_t word = (uintptr_t)env->__jmpbuf[6];
    uintptr_t secret;
    __asm__("mov %%fs:0x30, %0" : "=r"(secret));
    return (word >> 0x11 | word << (64 - 0x11)) ^ secret;
}

static inline uintptr_t tc_code_address(uintptr_t address) {
    return address;
}

/* A function f(void *function, long a, long b, long c, long d), which calls function(a, b, c, d)
 * with `personality` for its frame. */
#define TC_ASM_CALL_WITH(personality)                                                              \
    ".cfi_startproc\n"                                                                             \
    ".cfi_personality 0x1b, " personality "\n"                                                     \
    "push %rbp\n"                                                                                  \
    ".cfi_def_cfa_offset 16\n"                                                                     \
    ".cfi_offset %rbp, -16\n"                                                                      \
    "mov %rsp, %rbp\n"                                                                             \
    ".cfi_def_cfa_register %rbp\n"                                                                 \
    "mov %rdi, %rax\n"                                                                             \
    "mov %rsi, %rdi\n"                                                                             \
    "mov %rdx, %rsi\n"                                                                             \
    "mov %rcx, %rdx\n"                                                                             \
    "mov %r8, %rcx\n"                                                                              \
    "call *%rax\n"                                                                                 \
    "pop %rbp\n"                                                                                   \
    ".cfi_def_cfa %rsp, 8\n"                                                                       \
    "ret\n"                                                                                        \
    ".cfi_endproc\n"

/* A handler of signals that goes on in `function` with the assembler's `number` as its fourth
 * argument. */
#define TC_ASM_SIGNAL_STUB(number, function)                                                       \
    "mov $" number ", %ecx\n"                                                                      \
    "jmp " function "\n"

/* What syscall() begins with: a jump to `function` for this number, else to where `pointer` says.
 */
#define TC_SYS_FUTEX        "202"
#define TC_SYS_FUTEX_NUMBER 202
#define TC_ASM_SYSCALL(number, function, pointer)                                                  \
    "endbr64\n"                                                                                    \
    "cmp $" number ", %rdi\n"                                                                      \
    "je " function "\n"                                                                            \
    "jmp *" pointer "(%rip)\n"

/* A jump to a function of another module. */
#define TC_ASM_JUMP(function) "jmp *" function "@GOTPCREL(%rip)\n"

#endif
