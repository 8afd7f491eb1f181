/* rlock.c: RLock, a lock word with an owner and a count of levels.
 *
 * Threads: `count` is the owner's.  `owner` is read by others, who can only find that it is not
 * they: only the calling thread itself stores or clears its own identity.
 */
#include "watch.h"

bool threading_rlock_owned(const threading_rlock *lock) {
    return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == threading_self_id();
}

static inline void own(threading_rlock *lock, uint32_t levels) {
    __atomic_store_n(&lock->owner, threading_self_id(), __ATOMIC_RELAXED);
    lock->count = levels;
}

static inline void disown(threading_rlock *lock) {
    lock->count = 0;
    __atomic_store_n(&lock->owner, 0, __ATOMIC_RELAXED);
    threading_word_unlock(&lock->state);
}

/* Without waiting: EBUSY when another thread holds it. */
static inline int try_acquire(threading_rlock *lock) {
    if (threading_rlock_owned(lock)) {
        if (lock->count == UINT32_MAX)
            return EAGAIN;
        lock->count++;
        return 0;
    }
    if (THREADING_UNLIKELY(!threading_word_try(&lock->state)))
        return EBUSY;
    own(lock, 1);
    return 0;
}

static int acquire_slowly(threading_rlock *lock, double timeout) {
    if (timeout == 0 || threading_word_wait(&lock->state, threading_deadline(timeout)))
        return ETIMEDOUT;
    own(lock, 1);
    return 0;
}

static inline bool may_release(const threading_rlock *lock) {
    return threading_rlock_owned(lock);
}

static inline int release(threading_rlock *lock) {
    if (THREADING_UNLIKELY(!threading_rlock_owned(lock)))
        return EPERM;
    if (lock->count > 1)
        lock->count--;
    else
        disown(lock);
    return 0;
}

uint32_t threading_rlock_release_all(threading_rlock *lock) {
    uint32_t levels = lock->count;
    disown(lock);
    return levels;
}

void threading_rlock_acquire_all(threading_rlock *lock, uint32_t levels) {
    threading_word_lock(&lock->state);
    own(lock, levels);
}

#define FACE_LOCK   threading_rlock
#define FACE_INIT   THREADING_RLOCK_INIT
#define FACE_OBJECT TC_OBJECT_PY_RLOCK
#define FACE(name)  threading_rlock_##name
#include "lock_face.h"

bool threading_rlock_locked(const threading_rlock *lock) {
    return __atomic_load_n(&lock->state, __ATOMIC_RELAXED) != 0;
}
