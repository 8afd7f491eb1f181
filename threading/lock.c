/* lock.c: Lock, a lock word whose acquire and release may be done by different threads. */
#include "watch.h"

static inline int try_acquire(threading_lock *lock) {
    return THREADING_LIKELY(threading_word_try(&lock->state)) ? 0 : EBUSY;
}

static int acquire_slowly(threading_lock *lock, double timeout) {
    return timeout == 0 ? ETIMEDOUT
                        : threading_word_wait(&lock->state, threading_deadline(timeout));
}

static inline bool may_release(const threading_lock *lock) {
    return threading_lock_locked(lock);
}

static inline int release(threading_lock *lock) {
    return threading_word_unlock(&lock->state) ? 0 : EPERM;
}

#define FACE_LOCK   threading_lock
#define FACE_INIT   THREADING_LOCK_INIT
#define FACE_OBJECT TC_OBJECT_PY_LOCK
#define FACE(name)  threading_lock_##name
#include "lock_face.h"

bool threading_lock_locked(const threading_lock *lock) {
    return __atomic_load_n(&lock->state, __ATOMIC_RELAXED) != 0;
}
