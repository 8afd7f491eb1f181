/* libc_short.h: what libc does to a lock or semaphore that nobody else is at, without calling it.
 *
 * What: the first case of glibc's own functions, by the words that glibc keeps in the object; each
 *       says whether that was all, and if not, nothing has happened and the real function is to be
 *       called.  Only when tc_process.libc_known says that this libc does it so: its version is one
 *       that was looked at, the functions are its own, and an object of ours was found to change as
 *       is written here (libc_short.c).  On other processors nothing is ever done here.
 * Threads: any; the same atomic instructions as libc's.
 *
 * A call through a pointer from between two locked instructions costs 1 to 2 ns, a fifth of what a
 * read lock does.
 */
#ifndef TC_PRELOAD_LIBC_SHORT_H
#define TC_PRELOAD_LIBC_SHORT_H

#include <pthread.h>
#include <semaphore.h>

#include "preload/process.h"

/* Wakes one that waits for a private word; gives 0. */
int tc_libc_wake(int *word);

/* Looks at this libc; before the program begins, once tc_real is filled. */
bool tc_libc_look(void);

#if defined(__x86_64__) && defined(__GLIBC__)

#define TC_LIBC_READER      8u          /* in __readers, above three flags */
#define TC_LIBC_READERS_MAX 0x7ffffff0u /* one more would be refused */
#define TC_LIBC_SPIN_FREE   1
#define TC_LIBC_UNITS       0x7fffffffu /* of a semaphore: the low half; above it who waits */

/* A mutex of the default kind, private. */
static inline bool tc_libc_is_plain(const pthread_mutex_t *mutex) {
    return TC_LIKELY(tc_process.libc_known && mutex->__data.__kind == PTHREAD_MUTEX_TIMED_NP);
}

/* Such a one; false: it is held.  `tid` is the calling thread's, which libc notes as the owner. */
static inline bool tc_libc_lock_plain(pthread_mutex_t *mutex, int tid) {
    int seen = 0;
    if (TC_UNLIKELY(!__atomic_compare_exchange_n(&mutex->__data.__lock, &seen, 1, false,
                                                 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)))
        return false;
    mutex->__data.__owner = tid;
    mutex->__data.__nusers++;
    return true;
}

static inline bool tc_libc_lock(pthread_mutex_t *mutex, int tid) {
    return tc_libc_is_plain(mutex) && tc_libc_lock_plain(mutex, tid);
}

/* Such a one that is held, and nobody waits for it. */
static inline bool tc_libc_is_locked_plain(const pthread_mutex_t *mutex) {
    return tc_libc_is_plain(mutex) &&
           TC_LIKELY(__atomic_load_n(&mutex->__data.__lock, __ATOMIC_RELAXED) == 1);
}

/* Ends that, and wakes whoever begins to wait at this moment; gives 0. */
static inline int tc_libc_unlock_plain(pthread_mutex_t *mutex) {
    mutex->__data.__owner = 0;
    mutex->__data.__nusers--;
    if (TC_LIKELY(__atomic_exchange_n(&mutex->__data.__lock, 0, __ATOMIC_RELEASE) == 1))
        return 0;
    return tc_libc_wake(&mutex->__data.__lock);
}

static inline bool tc_libc_read(pthread_rwlock_t *lock) {
    unsigned seen = __atomic_load_n(&lock->__data.__readers, __ATOMIC_RELAXED);
    return TC_LIKELY(tc_process.libc_known && seen % TC_LIBC_READER == 0 &&
                     seen < TC_LIBC_READERS_MAX) &&
           __atomic_compare_exchange_n(&lock->__data.__readers, &seen, seen + TC_LIBC_READER, false,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline bool tc_libc_end_read(pthread_rwlock_t *lock) {
    unsigned seen = __atomic_load_n(&lock->__data.__readers, __ATOMIC_RELAXED);
    return TC_LIKELY(tc_process.libc_known && seen % TC_LIBC_READER == 0 && seen) &&
           __atomic_compare_exchange_n(&lock->__data.__readers, &seen, seen - TC_LIBC_READER, false,
                                       __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

static inline bool tc_libc_spin(pthread_spinlock_t *lock) {
    int seen = TC_LIBC_SPIN_FREE;
    return TC_LIKELY(tc_process.libc_known) &&
           __atomic_compare_exchange_n(lock, &seen, 0, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline bool tc_libc_end_spin(pthread_spinlock_t *lock) {
    if (TC_UNLIKELY(!tc_process.libc_known))
        return false;
    __atomic_store_n(lock, TC_LIBC_SPIN_FREE, __ATOMIC_RELEASE);
    return true;
}

static inline bool tc_libc_take(sem_t *sem) {
    uint64_t *units = (uint64_t *)sem, seen = __atomic_load_n(units, __ATOMIC_RELAXED);
    return TC_LIKELY(tc_process.libc_known && (uint32_t)seen) &&
           __atomic_compare_exchange_n(units, &seen, seen - 1, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

/* Nobody waits, so nobody has to be woken. */
static inline bool tc_libc_post(sem_t *sem) {
    uint64_t *units = (uint64_t *)sem, seen = __atomic_load_n(units, __ATOMIC_RELAXED);
    return TC_LIKELY(tc_process.libc_known && seen < TC_LIBC_UNITS) &&
           __atomic_compare_exchange_n(units, &seen, seen + 1, false, __ATOMIC_RELEASE,
                                       __ATOMIC_RELAXED);
}

#else

static inline bool tc_libc_is_plain(const pthread_mutex_t *mutex) {
    return (void)mutex, false;
}
static inline bool tc_libc_lock_plain(pthread_mutex_t *mutex, int tid) {
    return (void)mutex, (void)tid, false;
}
static inline bool tc_libc_lock(pthread_mutex_t *mutex, int tid) {
    return (void)mutex, (void)tid, false;
}
static inline bool tc_libc_is_locked_plain(const pthread_mutex_t *mutex) {
    return (void)mutex, false;
}
static inline int tc_libc_unlock_plain(pthread_mutex_t *mutex) {
    return (void)mutex, 0;
}
static inline bool tc_libc_read(pthread_rwlock_t *lock) {
    return (void)lock, false;
}
static inline bool tc_libc_end_read(pthread_rwlock_t *lock) {
    return (void)lock, false;
}
static inline bool tc_libc_spin(pthread_spinlock_t *lock) {
    return (void)lock, false;
}
static inline bool tc_libc_end_spin(pthread_spinlock_t *lock) {
    return (void)lock, false;
}
static inline bool tc_libc_take(sem_t *sem) {
    return (void)sem, false;
}
static inline bool tc_libc_post(sem_t *sem) {
    return (void)sem, false;
}

#endif

#endif
