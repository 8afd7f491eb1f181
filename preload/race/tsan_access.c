/* tsan_access.c: the accesses of a program that was built with -fsanitize=thread.
 *
 * What: __tsan_read1 to __tsan_write16 as machine code without a frame: key, shadow cell, one test,
 *       return.  What is not settled so goes on in tc_tsan_access with the place of the call.
 * Threads: any.  Registers that a callee may change are all that is used.
 *
 * While nothing is watched (races=off, or one thread so far) the key is 0 and the shadow is not
 * looked at.
 */
#include "preload/hook.h"
#include "preload/race/core.h"

#include "preload/poison.h"

/* The last step of each: what is not settled.  In: address, size and access, return address, CFA,
 * rbp. */
void tc_tsan_access(uintptr_t address, uint32_t what, uintptr_t return_address, uintptr_t cfa,
                    uintptr_t frame_pointer);
void tc_tsan_access(uintptr_t address, uint32_t what, uintptr_t return_address, uintptr_t cfa,
                    uintptr_t frame_pointer) {
    if (!tc_race_quick(address, what, return_address, cfa))
        tc_race_access(address, what & 0xff, what >> 8,
                       (struct tc_site){return_address, cfa, frame_pointer, 0});
}

__asm__(".text\n"
        ".p2align 4\n"
        ".type tc_tsan_slow, @function\n"
        "tc_tsan_slow:\n"
        ".cfi_startproc\n"
        "mov (%rsp), %rdx\n"
        "lea 8(%rsp), %rcx\n"
        "mov %rbp, %r8\n"
        "jmp tc_tsan_access\n"
        ".cfi_endproc\n"
        ".size tc_tsan_slow, . - tc_tsan_slow\n");

#define STRING(text)  STRING_(text)
#define STRING_(text) #text

/* The thread's cell of the address's granule to rdx, key to rcx; without a key the function
 * returns. */
#define CELL                                                                                       \
    "mov tc_race_local@gottpoff(%rip), %rax\n"                                                     \
    "mov %fs:(%rax), %rcx\n"                                                                       \
    "mov %rdi, %rdx\n"                                                                             \
    "test %rcx, %rcx\n"                                                                            \
    "je 1f\n"                                                                                      \
    "shl $20, %rdx\n"                                                                              \
    "shr $23, %rdx\n"                                                                              \
    "shl $5, %rdx\n"                                                                               \
    "add %fs:8(%rax), %rdx\n"

#define FUNCTION(name, what, check)                                                                \
    __asm__(".text\n"                                                                              \
            ".globl " #name "\n"                                                                   \
            ".p2align 4\n"                                                                         \
            ".type " #name ", @function\n" #name ":\n"                                             \
            ".cfi_startproc\n" CELL check "jne 2f\n"                                               \
            "1: ret\n"                                                                             \
            "2: mov $(" STRING(what) "), %esi\n"                                                   \
                                     "jmp tc_tsan_slow\n"                                          \
                                     ".cfi_endproc\n"                                              \
                                     ".size " #name ", . - " #name "\n");

/* The masks are those of race.h, after the shift by the place of the first byte. */
#define PART(mask)                                                                                 \
    "mov (%rdx), %rdx\n"                                                                           \
    "xor %rcx, %rdx\n"                                                                             \
    "mov %edi, %ecx\n"                                                                             \
    "and $7, %ecx\n"                                                                               \
    "shr %cl, %rdx\n"                                                                              \
    "test $" mask ", %rdx\n"
#define WHOLE(mask)                                                                                \
    "xor (%rdx), %rcx\n"                                                                           \
    "test $" mask ", %rcx\n"
#define BOTH(mask)                                                                                 \
    "mov 32(%rdx), %rsi\n"                                                                         \
    "xor %rcx, %rsi\n"                                                                             \
    "xor (%rdx), %rcx\n"                                                                           \
    "or %rsi, %rcx\n"                                                                              \
    "test $" mask ", %rcx\n"

/* Size, and enum tc_race_access from bit 8 on: WRITE 256, MODIFY 1024, VOLATILE 2048. */
#define READS(prefix, extra)                                                                       \
    FUNCTION(__tsan_##prefix##read1, 1 + extra, PART("-0xffffff"))                                 \
    FUNCTION(__tsan_##prefix##read2, 2 + extra, PART("-0xfffffd"))                                 \
    FUNCTION(__tsan_##prefix##read4, 4 + extra, PART("-0xfffff1"))                                 \
    FUNCTION(__tsan_##prefix##read8, 8 + extra, WHOLE("-0xffff01"))                                \
    FUNCTION(__tsan_##prefix##read16, 16 + extra, BOTH("-0xffff01"))
#define WRITES(prefix, extra)                                                                      \
    FUNCTION(__tsan_##prefix##write1, 1 + 256 + extra, PART("-0xff0000"))                          \
    FUNCTION(__tsan_##prefix##write2, 2 + 256 + extra, PART("-0xfd0000"))                          \
    FUNCTION(__tsan_##prefix##write4, 4 + 256 + extra, PART("-0xf10000"))                          \
    FUNCTION(__tsan_##prefix##write8, 8 + 256 + extra, WHOLE("-0x10000"))                          \
    FUNCTION(__tsan_##prefix##write16, 16 + 256 + extra, BOTH("-0x10000"))
READS(, 0)
WRITES(, 0)
READS(volatile_, 2048)
WRITES(volatile_, 2048)
WRITES(read_, 1024)
