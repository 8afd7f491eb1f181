/* tsan_atomic.c: the atomic operations of a program that was built with -fsanitize=thread.
 *
 * What: the operation itself, always as strong as can be; around it the edges that its memory order
 *       makes, and the access.  Once the program has executed a fence, relaxed operations order,
 *       too: which of them a fence makes do so is not worked out, and too many edges are no false
 *       alarm.
 * Threads: any.
 */
#include "preload/hook.h"
#include "preload/race/core.h"

#include "preload/poison.h"

typedef unsigned __int128 u128;

enum order { RELAXED, CONSUME, ACQUIRE, RELEASE, ACQ_REL, SEQ_CST };

static uint8_t fences; /* the program uses them */

static inline bool releases(int order) {
    order &= 7;
    return order >= RELEASE || (order == RELAXED && fences);
}
static inline bool acquires(int order) {
    order &= 7;
    return (order != RELAXED && order != RELEASE) || (order == RELAXED && fences);
}

static void before(const volatile void *address, size_t size, uint32_t access, int order,
                   struct tc_site site) {
    tc_race_access((uintptr_t)address, size, access | TC_ACCESS_ATOMIC, site);
    if (access & TC_ACCESS_WRITE && releases(order))
        tc_race_atomic_release((uintptr_t)address);
}
static void after(const volatile void *address, int order) {
    if (acquires(order))
        tc_race_atomic_acquire((uintptr_t)address);
}
#define BEFORE(access)                                                                             \
    if (tc_race_local.key)                                                                         \
    before(address, sizeof *address, access, order, TC_SITE())
#define AFTER(order)                                                                               \
    if (tc_race_local.key)                                                                         \
    after(address, order)
#define MODIFIES (TC_ACCESS_WRITE | TC_ACCESS_MODIFY)

#define LOAD_STORE(bits, type, load, store)                                                        \
    type __tsan_atomic##bits##_load(const volatile type *address, int order);                      \
    void __tsan_atomic##bits##_store(volatile type *address, type value, int order);               \
    TC_EXPORT type __tsan_atomic##bits##_load(const volatile type *address, int order) {           \
        BEFORE(0);                                                                                 \
        type value = load(address);                                                                \
        AFTER(order);                                                                              \
        return value;                                                                              \
    }                                                                                              \
    TC_EXPORT void __tsan_atomic##bits##_store(volatile type *address, type value, int order) {    \
        BEFORE(TC_ACCESS_WRITE);                                                                   \
        store(address, value);                                                                     \
    }

#define MODIFY(bits, type, name, operation)                                                        \
    type __tsan_atomic##bits##_##name(volatile type *address, type value, int order);              \
    TC_EXPORT type __tsan_atomic##bits##_##name(volatile type *address, type value, int order) {   \
        BEFORE(MODIFIES);                                                                          \
        type old = operation(address, value);                                                      \
        AFTER(order);                                                                              \
        return old;                                                                                \
    }

/* A compare-exchange that fails is a load of the order `failed`. */
#define COMPARE(bits, type, name, exchange)                                                        \
    int __tsan_atomic##bits##_compare_exchange_##name(volatile type *address, type *expected,      \
                                                      type value, int order, int failed);          \
    TC_EXPORT int __tsan_atomic##bits##_compare_exchange_##name(                                   \
        volatile type *address, type *expected, type value, int order, int failed) {               \
        BEFORE(MODIFIES);                                                                          \
        bool done = exchange(address, expected, value);                                            \
        AFTER(done ? order : failed);                                                              \
        return done;                                                                               \
    }
#define COMPARE_VALUE(bits, type, exchange)                                                        \
    type __tsan_atomic##bits##_compare_exchange_val(volatile type *address, type expected,         \
                                                    type value, int order, int failed);            \
    TC_EXPORT type __tsan_atomic##bits##_compare_exchange_val(                                     \
        volatile type *address, type expected, type value, int order, int failed) {                \
        BEFORE(MODIFIES);                                                                          \
        bool done = exchange(address, &expected, value);                                           \
        AFTER(done ? order : failed);                                                              \
        return expected;                                                                           \
    }

#define ALL(bits, type, load, store, swap, add, sub, and, or, xor, nand, compare)                  \
    LOAD_STORE(bits, type, load, store)                                                            \
    MODIFY(bits, type, exchange, swap)                                                             \
    MODIFY(bits, type, fetch_add, add)                                                             \
    MODIFY(bits, type, fetch_sub, sub)                                                             \
    MODIFY(bits, type, fetch_and, and)                                                             \
    MODIFY(bits, type, fetch_or, or)                                                               \
    MODIFY(bits, type, fetch_xor, xor)                                                             \
    MODIFY(bits, type, fetch_nand, nand)                                                           \
    COMPARE(bits, type, strong, compare)                                                           \
    COMPARE(bits, type, weak, compare)                                                             \
    COMPARE_VALUE(bits, type, compare)

#define load_(at)            __atomic_load_n(at, __ATOMIC_SEQ_CST)
#define store_(at, value)    __atomic_store_n(at, value, __ATOMIC_SEQ_CST)
#define exchange_(at, value) __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST)
#define add_(at, value)      __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST)
#define sub_(at, value)      __atomic_fetch_sub(at, value, __ATOMIC_SEQ_CST)
#define and_(at, value)      __atomic_fetch_and(at, value, __ATOMIC_SEQ_CST)
#define or_(at, value)       __atomic_fetch_or(at, value, __ATOMIC_SEQ_CST)
#define xor_(at, value)      __atomic_fetch_xor(at, value, __ATOMIC_SEQ_CST)
#define nand_(at, value)     __atomic_fetch_nand(at, value, __ATOMIC_SEQ_CST)
#define compare_(at, expected, value)                                                              \
    __atomic_compare_exchange_n(at, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
ALL(8, uint8_t, load_, store_, exchange_, add_, sub_, and_, or_, xor_, nand_, compare_)
ALL(16, uint16_t, load_, store_, exchange_, add_, sub_, and_, or_, xor_, nand_, compare_)
ALL(32, uint32_t, load_, store_, exchange_, add_, sub_, and_, or_, xor_, nand_, compare_)
ALL(64, uint64_t, load_, store_, exchange_, add_, sub_, and_, or_, xor_, nand_, compare_)

/* 16 bytes are done by hand: the compiler would call a library. */
#if defined(__x86_64__)
static bool compare16(volatile u128 *at, u128 *expected, u128 value) {
    uint64_t low = (uint64_t)*expected, high = (uint64_t)(*expected >> 64);
    bool done;
    __asm__ volatile("lock cmpxchg16b %1"
                     : "=@ccz"(done), "+m"(*at), "+a"(low), "+d"(high)
                     : "b"((uint64_t)value), "c"((uint64_t)(value >> 64))
                     : "memory");
    *expected = (u128)high << 64 | low;
    return done;
}
#elif defined(__aarch64__)
/* A pair was read as a whole only if it could be written back. */
static bool compare16(volatile u128 *at, u128 *expected, u128 value) {
    uint64_t low, high, want_low = (uint64_t)*expected, want_high = (uint64_t)(*expected >> 64);
    uint64_t put_low = (uint64_t)value, put_high = (uint64_t)(value >> 64);
    uint32_t failed;
    bool same;
    do {
        __asm__ volatile("ldaxp %0, %1, %2" : "=&r"(low), "=&r"(high) : "Q"(*at) : "memory");
        same = low == want_low && high == want_high;
        uint64_t new_low = same ? put_low : low, new_high = same ? put_high : high;
        __asm__ volatile("stlxp %w0, %2, %3, %1"
                         : "=&r"(failed), "=Q"(*at)
                         : "r"(new_low), "r"(new_high)
                         : "memory");
    } while (failed);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    *expected = (u128)high << 64 | low;
    return same;
}
#endif
static u128 load16(const volatile u128 *at) {
    u128 value = 0;
    compare16((volatile u128 *)at, &value, 0);
    return value;
}
#define LOOP16(name, expression)                                                                   \
    static u128 name(volatile u128 *at, u128 value) {                                              \
        u128 old = load16(at);                                                                     \
        while (!compare16(at, &old, expression))                                                   \
            ;                                                                                      \
        return old;                                                                                \
    }
LOOP16(exchange16, value)
LOOP16(add16, old + value)
LOOP16(sub16, old - value)
LOOP16(and16, old &value)
LOOP16(or16, old | value)
LOOP16(xor16, old ^ value)
LOOP16(nand16, ~(old &value))
ALL(128, u128, load16, exchange16, exchange16, add16, sub16, and16, or16, xor16, nand16, compare16)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);
TC_EXPORT void __tsan_atomic_thread_fence(int order) {
    (void)order;
    if (!fences)
        __atomic_store_n(&fences, 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
TC_EXPORT void __tsan_atomic_signal_fence(int order) {
    (void)order;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}
