/* rlock.c: RLock, a lock word with an owner and a count of levels.
 *
 * Threads: `count` is the owner's.  `owner` is read by others, who can only find that it is not
 * they: only the calling thread itself stores or clears its own identity.
 */
#include "watch.h"

static struct tc_library_object object_of(threading_rlock *lock,
                                          const struct tc_library_site *site) {
    return threading_describe(lock, lock->name, 0, TC_OBJECT_PY_RLOCK, &lock->told, site);
}

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

static inline int acquire(threading_rlock *lock, bool blocking, double timeout) {
    if (THREADING_UNLIKELY(!threading_acquire_valid(blocking, timeout)))
        return EINVAL;
    int result = try_acquire(lock);
    if (THREADING_LIKELY(result != EBUSY) || !blocking)
        return result;
    return acquire_slowly(lock, timeout);
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

static int initialise(threading_rlock *lock) {
    *lock = (threading_rlock)THREADING_RLOCK_INIT;
    return 0;
}

static int destroy(threading_rlock *lock) {
    if (threading_rlock_locked(lock))
        return EBUSY;
    return threading_name_set(&lock->name, NULL);
}

THREADING_TELLING static int telling_init(threading_rlock *lock) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    initialise(lock);
    struct tc_library_object object = {lock, NULL, 0, TC_OBJECT_PY_RLOCK};
    return threading_tell_init(&object, &lock->told, &site);
}

THREADING_TELLING static int telling_destroy(threading_rlock *lock) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    struct tc_library_object object = object_of(lock, &site);
    object.name = NULL;
    return threading_tell_destroy(&object, &lock->told, &site, destroy(lock));
}

THREADING_TELLING static int telling_acquire(threading_rlock *lock, bool blocking, double timeout) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    struct tc_library_object object = object_of(lock, &site);
    if (!threading_acquire_valid(blocking, timeout))
        return EINVAL;
    int result = try_acquire(lock);
    if (result == EBUSY && blocking) {
        THREADING_TELL(&object, &site, threading_request_code(timeout), 0, 0);
        result = acquire_slowly(lock, timeout);
        if (result)
            THREADING_TELL(&object, &site, TC_EV_REQUEST_FAILED, 0, result);
    }
    if (!result)
        THREADING_TELL(&object, &site, threading_acquire_code(blocking, timeout), 0, 0);
    return result;
}

THREADING_TELLING static int telling_release(threading_rlock *lock) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    struct tc_library_object object = object_of(lock, &site);
    if (threading_rlock_owned(lock))
        THREADING_TELL(&object, &site, TC_EV_RELEASE, 0, 0);
    else
        THREADING_TELL(&object, &site, TC_EV_RELEASE_FAILED, 0, EPERM);
    return release(lock);
}

int threading_rlock_init(threading_rlock *lock) {
    return THREADING_WATCHED() ? telling_init(lock) : initialise(lock);
}

int threading_rlock_destroy(threading_rlock *lock) {
    return THREADING_WATCHED() ? telling_destroy(lock) : destroy(lock);
}

int threading_rlock_set_name(threading_rlock *lock, const char *name) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    int result = threading_name_set(&lock->name, name);
    if (!THREADING_WATCHED())
        return result;
    struct tc_library_object object = object_of(lock, &site);
    return threading_tell_name(&object, result);
}

int threading_rlock_acquire(threading_rlock *lock, bool blocking, double timeout) {
    if (THREADING_WATCHED())
        return telling_acquire(lock, blocking, timeout);
    return acquire(lock, blocking, timeout);
}

int threading_rlock_release(threading_rlock *lock) {
    if (THREADING_WATCHED())
        return telling_release(lock);
    return release(lock);
}

bool threading_rlock_locked(const threading_rlock *lock) {
    return __atomic_load_n(&lock->state, __ATOMIC_RELAXED) != 0;
}
