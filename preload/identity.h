/* identity.h: how an object is known again without a table.
 *
 * What: in a pthread_mutex_t that is neither robust nor shared between processes the two list words
 *       are unused by glibc, in a pthread_rwlock_t and a sem_t there is padding.  They hold the
 *       object's id, its tickets, and a check word made from the address: a copy fails the check,
 *       and initialising again by assignment or memset clears it, which is exactly the new
 *       generation that is wanted.  Everything else is in the table (object.h).
 * Threads: a stash is written under tc_objects_lock; tickets as trace_format.h says.
 */
#ifndef TC_PRELOAD_IDENTITY_H
#define TC_PRELOAD_IDENTITY_H

#include "preload/object.h"

struct tc_stash {
    uint32_t id, check;
};

#define TC_MUTEX_KIND(mutex) ((mutex)->__data.__kind)
#define TC_MUTEX_BASIC       3 /* normal, recursive, errorcheck, adaptive */
#define TC_MUTEX_ROBUST      16
#define TC_MUTEX_PROTOCOL    (32 | 64) /* priority inheritance and protection */
#define TC_MUTEX_SHARED      128
/* A try is not free of effects: libc's leaves an unrecoverable robust mutex locked. */
#define TC_MUTEX_NO_TRY (TC_MUTEX_ROBUST | TC_MUTEX_PROTOCOL)

static inline uint32_t tc_stash_hash(const void *address) {
    return ((uint32_t)(uintptr_t)address * 0x9e3779b1u) | 0x80000000u;
}

/* The check word of a live object in this epoch. */
static inline uint32_t tc_stash_check(const void *address) {
    return tc_stash_hash(address) + tc_process.stash_key;
}

static inline uint64_t *tc_mutex_order(pthread_mutex_t *mutex) {
    return (uint64_t *)&mutex->__data.__list;
}
static inline struct tc_stash *tc_mutex_stash(pthread_mutex_t *mutex) {
    return (struct tc_stash *)&mutex->__data.__list + 1;
}

/* Two words that glibc uses of adaptive and of elided mutexes only: in a plain one, how often
 * compact recording counted it since that was last added to its object (tc_object.left_out). */
#define TC_MUTEX_COUNTED_MAX 1024
static inline bool tc_mutex_counts(const pthread_mutex_t *mutex) {
    return TC_MUTEX_KIND(mutex) == PTHREAD_MUTEX_TIMED_NP && tc_process.libc_known;
}
static inline uint32_t *tc_mutex_counted(pthread_mutex_t *mutex) {
    return (uint32_t *)((char *)&mutex->__data.__kind + sizeof(int));
}

/* Where an object keeps its identity; NULL when it cannot.  Only what is private to the process
 * does: another process has ids of its own. */
struct tc_place {
    struct tc_stash *stash;
    uint64_t *order;
};

/* Where the identity would be, if there is one: to be compared with what was found there. */
static inline struct tc_place tc_rwlock_where(pthread_rwlock_t *lock) {
    return (struct tc_place){(struct tc_stash *)((char *)lock + 16),
                             (uint64_t *)((char *)lock + 40)};
}
static inline struct tc_place tc_sem_where(sem_t *sem) {
    return (struct tc_place){(struct tc_stash *)((char *)sem + 16), (uint64_t *)((char *)sem + 24)};
}

static inline struct tc_place tc_rwlock_place(pthread_rwlock_t *lock) {
    return lock->__data.__shared ? (struct tc_place){0} : tc_rwlock_where(lock);
}

/* glibc: the value and the waiters in 8 bytes, then whether it is shared, then nothing. */
static inline struct tc_place tc_sem_place(sem_t *sem) {
    if (*(int *)((char *)sem + 8) != 0)
        return (struct tc_place){0};
    return tc_sem_where(sem);
}
static inline unsigned tc_sem_value(sem_t *sem) {
    return __atomic_load_n((unsigned *)sem, __ATOMIC_RELAXED);
}

/* A stash of this epoch is all that is needed. */
static inline bool tc_place_live(struct tc_place place, const void *address) {
    return place.stash && place.stash->id &&
           __atomic_load_n(&place.stash->check, __ATOMIC_ACQUIRE) == tc_stash_check(address);
}

/* Where a thread looks first for an object of the side table (tc_thread.cache). */
static inline struct tc_object **tc_cache_entry(struct tc_thread *self, uintptr_t key,
                                                uint8_t type) {
    return &self->cache[((key >> 3) ^ (key >> 9) ^ type) & (TC_CACHE_SIZE - 1)];
}

static inline uint32_t tc_mutex_kind_attr(int kind) {
    return ((kind & 3) == PTHREAD_MUTEX_RECURSIVE_NP ? TC_ATTR_RECURSIVE : 0) |
           ((kind & 3) == PTHREAD_MUTEX_ERRORCHECK_NP ? TC_ATTR_ERRORCHECK : 0) |
           (kind & TC_MUTEX_ROBUST ? TC_ATTR_ROBUST : 0) |
           (kind & TC_MUTEX_SHARED ? TC_ATTR_SHARED_PROCESS : 0);
}

/* The reference to a live object that is at its address still; for any other one without an order.
 */
struct tc_ref tc_object_ref_of(uint32_t id);

/* What tc_mutex_ref does when the stash does not tell. */
struct tc_ref tc_mutex_ref_slow(struct tc_thread *self, pthread_mutex_t *mutex, uint32_t stack);

#endif
