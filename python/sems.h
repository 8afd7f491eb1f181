/* sems.h: the semaphores that Python's locks are made of.
 *
 * What: a lock's semaphore is marked where a recorded one keeps its identity, so that the hooks of
 *       sem_* know it without a look-up and do not record it for itself.  Up to 3.13; from 3.14 on
 * a Lock is a byte that is waited on by semaphores on the waiters' stacks. Threads: as the hooks.
 */
#ifndef TC_PYTHON_SEMS_H
#define TC_PYTHON_SEMS_H

#include <pthread.h>
#include <stdbool.h>

#include "preload/identity.h"
#include "preload/real.h"
#include "python/frames.h"

#define TC_PY_SEM_OF_LOCK 16 /* in a Lock and in an RLock: right behind the head */

/* Marks the semaphore of a lock.  `made_in_c`: the interpreter may release it without a method. */
void tc_py_sem_mark(const void *lock, bool made_in_c);

/* Whether somebody has the lock now. */
bool tc_py_is_locked(const void *lock);

/* Where a Lock has its byte "locked", as was found by trying; 0: not found. */
extern long tc_py_locked_at;

/* Whether an RLock has its owner and its levels where struct tc_py_rlock says, likewise. */
extern bool tc_py_rlock_is_known;

/* Finds that out, with locks of our own: one locked, one not; an RLock taken twice, one not taken.
 */
void tc_py_sems_probe(const void *locked, const void *unlocked);
void tc_py_rlock_probe(const void *taken_twice, const void *not_taken);

/* An RLock from 3.8 to 3.13. */
struct tc_py_rlock {
    char head[TC_PY_SEM_OF_LOCK];
    sem_t *sem;
    unsigned long owner; /* pthread_t */
    unsigned long levels;
};

/* What Lock.acquire() does for a lock that is free, and Lock.release() for one that is locked;
 * false: nothing was done. */
static inline bool tc_py_lock_take(void *lock) {
    sem_t *sem = tc_py_at(lock, TC_PY_SEM_OF_LOCK);
    if (!tc_py_locked_at || !sem || tc_sem_value(sem) == 0 || tc_real.sem_trywait(sem) != 0)
        return false;
    ((char *)lock)[tc_py_locked_at] = 1;
    return true;
}
static inline bool tc_py_lock_give(void *lock) {
    if (!tc_py_locked_at || ((char *)lock)[tc_py_locked_at] != 1)
        return false;
    ((char *)lock)[tc_py_locked_at] = 0;
    return tc_real.sem_post(tc_py_at(lock, TC_PY_SEM_OF_LOCK)) == 0;
}

/* The same of an RLock; taking one again that this thread has succeeds, too. */
static inline bool tc_py_rlock_take(void *object) {
    struct tc_py_rlock *lock = object;
    unsigned long self = (unsigned long)pthread_self();
    if (!tc_py_rlock_is_known)
        return false;
    if (lock->levels) {
        if (lock->owner != self || lock->levels > UINT32_MAX)
            return false;
        lock->levels++;
        return true;
    }
    if (!lock->sem || tc_sem_value(lock->sem) == 0 || tc_real.sem_trywait(lock->sem) != 0)
        return false;
    lock->owner = self;
    lock->levels = 1;
    return true;
}
static inline bool tc_py_rlock_give(void *object) {
    struct tc_py_rlock *lock = object;
    if (!tc_py_rlock_is_known || !lock->levels || lock->owner != (unsigned long)pthread_self())
        return false;
    if (--lock->levels)
        return true;
    lock->owner = 0;
    return tc_real.sem_post(lock->sem) == 0;
}

/* Teaches the hooks of sem_*. */
void tc_py_sems_begin(void);

#endif
