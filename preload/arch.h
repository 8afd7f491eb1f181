/* arch.h: what differs from one processor to the next; one header for each.
 *
 * What each has to say:
 *     TC_LIBC_FIRST            the version of libc's oldest symbols
 *     TC_LIBC_OLD_CONDITIONS   1: pthread_cond_* are there in a second, older layout
 *     TC_REWRITES              1: code can be decoded, rewritten and watched by watchpoints
 *     TC_LINK_REGISTER         1: a call leaves its return address in a register, not on the stack
 *     TC_CALLER_BASE()         of the function that it stands in: the end of the two words in which
 *                              the caller's frame pointer and the return address are kept
 *     TC_DWARF_*               numbers of registers, and where the CFA is at a function's first
 *                              instruction, from the stack pointer on
 *     TC_RELOCATION_*          of slots that lead to functions
 *     TC_SIGNAL_*              where registers are, from the stack pointer of a handler's caller on
 *     TC_SIGNAL_RETURN         the 8 bytes of code that it goes on with; 0: its unwind table tells
 *     TC_TLS_BELOW, _ABOVE     room around the thread pointer for what libc and libraries keep
 *     tc_pause                 within a loop that spins
 *     tc_thread_head           fills the words at the thread pointer that a thread of ours needs
 *     tc_clone                 clone(2), whose child calls a function on a stack of its own
 *     tc_context_*             registers as a signal found them
 *     tc_jump_target           the stack pointer that a longjmp goes to; UINTPTR_MAX: not known
 *     tc_code_address          a return address without what the processor signed it with
 *     TC_SYS_FUTEX             the number of that system call, as text and as a number
 *     TC_ASM_*                 functions that C cannot write, as text for the assembler
 * Threads: nothing here is shared.
 */
#ifndef TC_PRELOAD_ARCH_H
#define TC_PRELOAD_ARCH_H

#include <elf.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>

#if defined(__x86_64__)
#include "preload/arch_x86_64.h"
#elif defined(__aarch64__) && defined(__LP64__) && defined(__AARCH64EL__)
#include "preload/arch_aarch64.h"
#else
#error "threadcheck knows x86-64 and AArch64 (little-endian, LP64)"
#endif

/* Compiled without vector registers, for what inline checks call: those are the program's. */
#define TC_INTEGERS_ONLY __attribute__((target("general-regs-only")))

#endif
