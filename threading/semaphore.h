/* semaphore.h: what Semaphore and BoundedSemaphore share.
 *
 * One 64-bit word holds the value and the number of waiters, so that release needs one atomic
 * operation and does not touch the semaphore after it: the thread it wakes may destroy it.  The
 * waiters sleep on the word's half that holds the value, while that is 0.
 * Threads: any.
 */
#ifndef THREADING_SEMAPHORE_H
#define THREADING_SEMAPHORE_H

#include "watch.h"

#pragma GCC visibility push(hidden)

#define THREADING_ONE_WAITER (UINT64_C(1) << 32)
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the value is the word's first half");

static inline uint64_t threading_semaphore_load(const threading_semaphore *semaphore) {
    return __atomic_load_n(&semaphore->word, __ATOMIC_RELAXED);
}

/* Takes one unit and gives back `waiters` (0 or THREADING_ONE_WAITER).  False: there is none. */
static inline bool threading_semaphore_take(threading_semaphore *semaphore, uint64_t waiters) {
    uint64_t word = threading_semaphore_load(semaphore);
    while ((uint32_t)word)
        if (__atomic_compare_exchange_n(&semaphore->word, &word, word - 1 - waiters, false,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
    return false;
}

/* Waits for a unit.  0 or ETIMEDOUT. */
int threading_semaphore_acquire_slowly(threading_semaphore *semaphore, double timeout);

static inline int threading_semaphore_take_or_wait(threading_semaphore *semaphore, bool blocking,
                                                   double timeout) {
    if (THREADING_UNLIKELY(!threading_acquire_valid(blocking, timeout)))
        return EINVAL;
    if (THREADING_LIKELY(threading_semaphore_take(semaphore, 0)))
        return 0;
    return blocking ? threading_semaphore_acquire_slowly(semaphore, timeout) : EBUSY;
}

static inline int threading_semaphore_give(threading_semaphore *semaphore, unsigned n,
                                           uint32_t bound) {
    if (THREADING_UNLIKELY(!n))
        return EINVAL;
    uint64_t word = threading_semaphore_load(semaphore);
    do {
        if (THREADING_UNLIKELY((uint32_t)word > bound || n > bound - (uint32_t)word))
            return EOVERFLOW;
    } while (!__atomic_compare_exchange_n(&semaphore->word, &word, word + n, false,
                                          __ATOMIC_RELEASE, __ATOMIC_RELAXED));
    if (THREADING_UNLIKELY(word >= THREADING_ONE_WAITER))
        threading_futex_wake((uint32_t *)&semaphore->word, n);
    return 0;
}

/* destroy without telling. */
int threading_semaphore_end(threading_semaphore *semaphore);

/* The telling forms, for an object of either kind. */
int threading_semaphore_tell_acquire(struct tc_library_object object,
                                     const struct tc_library_site *site,
                                     threading_semaphore *semaphore, bool blocking, double timeout);
int threading_semaphore_tell_release(struct tc_library_object object,
                                     const struct tc_library_site *site,
                                     threading_semaphore *semaphore, unsigned n, uint32_t bound);

#pragma GCC visibility pop
#endif
