/* tsan_access.c: the accesses of a program that was built with -fsanitize=thread.
 *
 * What: __tsan_read1 to __tsan_write16 (rows: tsan_access.def) without a frame, on x86-64 as
 * machine code: key, shadow cell, one test, return.  What is not settled so goes on in
 * tc_tsan_access with the place of the call. Threads: any.  Registers that a callee may change are
 * all that is used.
 *
 * While nothing is watched (races=off, or one thread so far) the key is 0 and the shadow is not
 * looked at.  Once there are threads, most calls reach the functions of near.c.
 */
#include "preload/hook.h"
#include "preload/race/core.h"

#include "preload/poison.h"

#if defined(__x86_64__)

/* The last step of each: what is not settled.  In: address, size and access, return address, CFA,
 * rbp. */
void tc_tsan_access(uintptr_t address, uint32_t what, uintptr_t return_address, uintptr_t cfa,
                    uintptr_t frame_pointer);
void tc_tsan_access(uintptr_t address, uint32_t what, uintptr_t return_address, uintptr_t cfa,
                    uintptr_t frame_pointer) {
    if (!tc_race_renew(address, what, return_address, cfa) &&
        !tc_race_quick(address, what, return_address, cfa))
        tc_race_access(address, what & 0xff, what >> 8,
                       (struct tc_site){return_address, cfa, frame_pointer, 0});
}

__asm__(".text\n"
        ".globl tc_tsan_slow\n"
        ".hidden tc_tsan_slow\n"
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
    "shl $3, %rdx\n"                                                                               \
    "add %fs:8(%rax), %rdx\n"

/* Leave what is not settled in rdx or rcx: no bit of BITS is set when all is. */
#define PART                                                                                       \
    "mov (%rdx), %rdx\n"                                                                           \
    "xor %rcx, %rdx\n"                                                                             \
    "mov %edi, %ecx\n"                                                                             \
    "and $7, %ecx\n"                                                                               \
    "shr %cl, %rdx\n"
#define WHOLE "xor (%rdx), %rcx\n"
#define BOTH                                                                                       \
    "mov 8(%rdx), %rsi\n"                                                                          \
    "xor %rcx, %rsi\n"                                                                             \
    "xor (%rdx), %rcx\n"                                                                           \
    "or %rsi, %rcx\n"
#define LEFT_PART  "%rdx"
#define LEFT_WHOLE "%rcx"
#define LEFT_BOTH  "%rcx"

/* The key's bits that lie below another's, and the masks of race.h. */
#define BITS(size, access)                                                                         \
    "(-0x1000000 | ((((1 << " STRING(size) ") - 1) & 0xff) << (16 * (" STRING(access) " & 1))))"

/* `tc_own_` tells ours from a function of the program that has the same name. */
#define FUNCTION(name, body)                                                                       \
    __asm__(".text\n"                                                                              \
            ".globl " #name "\n"                                                                   \
            ".globl tc_own" #name "\n"                                                             \
            ".hidden tc_own" #name "\n"                                                            \
            ".p2align 4\n"                                                                         \
            ".type " #name ", @function\n" #name ":\n"                                             \
            "tc_own" #name ":\n"                                                                   \
            ".cfi_startproc\n" body ".cfi_endproc\n"                                               \
            ".size " #name ", . - " #name "\n");

#define CHECK(kind, size, access)                                                                  \
    CELL kind "test $" BITS(size, access) ", " LEFT_##kind                                         \
        "\n"                                                                                       \
        "jne 2f\n"                                                                                 \
        "1: ret\n"                                                                                 \
        "2: mov $(" STRING(size) " | (" STRING(access) " << 8)), %esi\n"                           \
                                                       "jmp tc_tsan_slow\n"

#define FUNCTION_PART(name, size, access)  FUNCTION(name, CHECK(PART, size, access))
#define FUNCTION_WHOLE(name, size, access) FUNCTION(name, CHECK(WHOLE, size, access))
#define FUNCTION_BOTH(name, size, access)  FUNCTION(name, CHECK(BOTH, size, access))
#define FUNCTION_ANYWHERE(name, size, access)                                                      \
    FUNCTION(name, "mov %edi, %eax\n"                                                              \
                   "and $7, %eax\n"                                                                \
                   "cmp $(8 - " STRING(size) "), %eax\n"                                           \
                                             "ja 2f\n" CHECK(PART, size, access))
#define FUNCTION_UPDATE(name, size, access)                                                        \
    FUNCTION(name, "cmp %rsi, (%rdi)\n"                                                            \
                   "je 1f\n" CHECK(WHOLE, size, access))
#define FUNCTION_NOTHING(name, size, access) FUNCTION(name, "ret\n")

#else

/* Each goes on here by a jump, so that this is what the program called. */
void tc_tsan_rest(uintptr_t address, uint32_t what);
__attribute__((noinline)) void tc_tsan_rest(uintptr_t address, uint32_t what) {
    struct tc_site site = TC_SITE();
    if (!tc_race_renew(address, what, site.return_address, site.cfa) &&
        !tc_race_quick(address, what, site.return_address, site.cfa))
        tc_race_access(address, what & 0xff, what >> 8, site);
    __asm__ volatile(""); /* the frame stays */
}

/* What is not settled of the granule: no bit of BITS is set when all is. */
static inline __attribute__((always_inline)) uint64_t left_of(uintptr_t address, uint64_t key) {
    const uint64_t *cell = (const uint64_t *)(tc_race_local.base + (address & TC_SHADOW_MASK));
    return __atomic_load_n(cell, __ATOMIC_RELAXED) ^ key;
}

/* The key's bits that lie below another's, and the masks of race.h. */
#define BITS(size, access)                                                                         \
    (~0xffffffull | ((((size) < 8 ? 1ull << (size) : 0x100) - 1) << (16 * ((access)&1))))

#define FUNCTION(name, left, size, access)                                                         \
    void name(uintptr_t address);                                                                  \
    TC_EXPORT void name(uintptr_t address) {                                                       \
        uint64_t key = tc_race_local.key;                                                          \
        if (key && ((left)&BITS(size, access)))                                                    \
            tc_tsan_rest(address, (size) | (access) << 8);                                         \
    }

#define LEFT_PART  (left_of(address, key) >> (address & 7))
#define LEFT_WHOLE left_of(address, key)
#define LEFT_BOTH  (left_of(address, key) | left_of(address + 8, key))

#define FUNCTION_PART(name, size, access)  FUNCTION(name, LEFT_PART, size, access)
#define FUNCTION_WHOLE(name, size, access) FUNCTION(name, LEFT_WHOLE, size, access)
#define FUNCTION_BOTH(name, size, access)  FUNCTION(name, LEFT_BOTH, size, access)
#define FUNCTION_ANYWHERE(name, size, access)                                                      \
    FUNCTION(name, (address & 7) > 8 - (size) ? ~0ull : LEFT_PART, size, access)
#define FUNCTION_UPDATE(name, size, access)                                                        \
    void name(uintptr_t *address, uintptr_t value);                                                \
    TC_EXPORT void name(uintptr_t *address, uintptr_t value) {                                     \
        uint64_t key = tc_race_local.key;                                                          \
        if (*address != value && key && left_of((uintptr_t)address, key) & BITS(size, access))     \
            tc_tsan_rest((uintptr_t)address, (size) | (access) << 8);                              \
    }
#define FUNCTION_NOTHING(name, size, access)                                                       \
    void name(void);                                                                               \
    TC_EXPORT void name(void) {}

#endif

#define TC_TSAN(kind, ...) FUNCTION_##kind(__VA_ARGS__)
#include "preload/race/tsan_access.def"
