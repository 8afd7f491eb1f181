/* internal.h: what every primitive of the library stands on.
 *
 * What: time-outs as deadlines, waiting on a 32-bit word (futex), the three-state lock word that
 *       Lock, RLock and the guards of the other primitives are made of, the calling thread's
 *       identity, and names.
 * Why futex and not pthread_mutex_t: a Lock may be released by any thread, a wait must be
 *       measurable in one clock, and an uncontended pair costs two atomic operations; a mutex and
 *       a condition variable would cost four.  It also leaves no pthread call below an operation
 *       that threadcheck would see a second time.
 * Threads: everything here may be called from any thread; errno is kept.
 */
#ifndef THREADING_INTERNAL_H
#define THREADING_INTERNAL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "threading.h"

#pragma GCC visibility push(hidden)

#define THREADING_LIKELY(x)   __builtin_expect(!!(x), 1)
#define THREADING_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Of a function that a cancellation leaves without a cleanup handler of its own: AddressSanitizer
 * does not see that, so it must not mark the frame. */
#define THREADING_MAY_BE_CANCELLED __attribute__((no_sanitize_address))

/* A point of CLOCK_MONOTONIC in nanoseconds. */
#define THREADING_NEVER UINT64_MAX
uint64_t threading_now(void);

/* False for a time-out that is none: NaN, or negative and not THREADING_FOREVER. */
static inline bool threading_timeout_valid(double timeout) {
    return timeout >= 0 || timeout == THREADING_FOREVER;
}

/* When a valid time-out that begins now ends. */
uint64_t threading_deadline(double timeout);

/* The arguments of every acquire: a time-out goes only with blocking. */
static inline bool threading_acquire_valid(bool blocking, double timeout) {
    return blocking ? threading_timeout_valid(timeout) : timeout == THREADING_FOREVER;
}

/* Sleeps while *word is `seen`, at most until `deadline`.  ETIMEDOUT, or 0 when woken, when the
 * word was another, or for no reason: the caller looks again. */
int threading_futex_wait(const uint32_t *word, uint32_t seen, uint64_t deadline);

/* The same as a cancellation point.  A thread may be cancelled after it was woken, too. */
int threading_futex_wait_cancellable(const uint32_t *word, uint32_t seen, uint64_t deadline);

/* Wakes up to `count` threads.  The word may be gone: nobody is woken then, or somebody who looks
 * again. */
void threading_futex_wake(const uint32_t *word, uint32_t count);

/* The lock word: 0 free, 1 locked, 2 locked and perhaps waited for (Drepper, "Futexes Are
 * Tricky", mutex 2).  Not owned. */
static inline bool threading_word_try(uint32_t *word) {
    uint32_t free_state = 0;
    return __atomic_compare_exchange_n(word, &free_state, 1, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}
int threading_word_wait(uint32_t *word, uint64_t deadline);

static inline void threading_word_lock(uint32_t *word) {
    if (THREADING_UNLIKELY(!threading_word_try(word)))
        threading_word_wait(word, THREADING_NEVER);
}

/* False: it was not locked. */
static inline bool threading_word_unlock(uint32_t *word) {
    uint32_t old = __atomic_exchange_n(word, 0, __ATOMIC_RELEASE);
    if (THREADING_UNLIKELY(old == 2))
        threading_futex_wake(word, 1);
    return old != 0;
}

/* A thread that waits in a queue, on its own stack.  The guard of its queue protects the links. */
struct threading_waiter {
    struct threading_waiter *next, *previous;
    uintptr_t thread;
    uint32_t word; /* 0: waits; else what its waker says */
    bool queued;
};
void threading_queue_append(struct threading_waiter **first, struct threading_waiter **last,
                            struct threading_waiter *waiter);
void threading_queue_remove(struct threading_waiter **first, struct threading_waiter **last,
                            struct threading_waiter *waiter);

/* Tells a waiter `word`, which is not 0, and wakes it; the waiter may be gone on return. */
static inline void threading_waiter_wake(struct threading_waiter *waiter, uint32_t word) {
    __atomic_store_n(&waiter->word, word, __ATOMIC_RELEASE);
    threading_futex_wake(&waiter->word, 1);
}

/* The calling thread: its address is its identity, and stays the same in a forked child. */
struct threading_attributes;
struct threading_self {
    threading_thread *thread;                /* NULL: not known yet */
    struct threading_attributes *attributes; /* of locals; local.c */
    uint32_t attributes_guard;
} __attribute__((aligned(16)));
extern __thread struct threading_self threading_self __attribute__((tls_model("initial-exec")));

static inline uintptr_t threading_self_id(void) {
    return (uintptr_t)&threading_self;
}

/* What a Condition does to its RLock: gives up all levels, says how many there were, and takes them
 * again. */
bool threading_rlock_owned(const threading_rlock *lock);
uint32_t threading_rlock_release_all(threading_rlock *lock);
void threading_rlock_acquire_all(threading_rlock *lock, uint32_t levels);

/* Replaces *slot by a copy of `name`, which may be NULL.  ENOMEM: unchanged. */
int threading_name_set(char **slot, const char *name);

#pragma GCC visibility pop
#endif
