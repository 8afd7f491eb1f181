/* valgrind.h: whether the program runs on Valgrind's processor.
 *
 * Why: its tools watch locks and memory by functions and maps of their own, which what we do for
 *      speed would get round, or be too much for.
 * Threads: any.
 */
#ifndef TC_PRELOAD_VALGRIND_H
#define TC_PRELOAD_VALGRIND_H

#include <stdbool.h>
#include <stdint.h>

static inline bool tc_on_valgrind(void) {
#ifdef __x86_64__
    /* The client request of valgrind.h: the register is turned by 128 bits in all, which changes
     * nothing, and the question that follows is one that a real processor does not hear. */
    const uint64_t running_on_valgrind[6] = {0x1001};
    uint64_t answer = 0;
    __asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi\n\t"
                     "rolq $61, %%rdi; rolq $51, %%rdi\n\t"
                     "xchgq %%rbx, %%rbx"
                     : "+d"(answer)
                     : "a"(running_on_valgrind)
                     : "cc", "memory");
    return answer != 0;
#else
    return false;
#endif
}

#endif
