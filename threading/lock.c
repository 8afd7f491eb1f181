/* lock.c: Lock, a lock word whose acquire and release may be done by different threads. */
#include "watch.h"

static struct tc_library_object object_of(threading_lock *lock,
                                          const struct tc_library_site *site) {
    return threading_describe(lock, lock->name, 0, TC_OBJECT_PY_LOCK, &lock->told, site);
}

static inline int acquire(threading_lock *lock, bool blocking, double timeout) {
    if (THREADING_UNLIKELY(!threading_acquire_valid(blocking, timeout)))
        return EINVAL;
    if (THREADING_LIKELY(threading_word_try(&lock->state)))
        return 0;
    if (!blocking)
        return EBUSY;
    if (timeout == 0)
        return ETIMEDOUT;
    return threading_word_wait(&lock->state, threading_deadline(timeout));
}

static inline int release(threading_lock *lock) {
    return threading_word_unlock(&lock->state) ? 0 : EPERM;
}

static int initialise(threading_lock *lock) {
    *lock = (threading_lock)THREADING_LOCK_INIT;
    return 0;
}

static int destroy(threading_lock *lock) {
    if (threading_lock_locked(lock))
        return EBUSY;
    return threading_name_set(&lock->name, NULL);
}

THREADING_TELLING static int telling_init(threading_lock *lock) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    initialise(lock);
    struct tc_library_object object = {lock, NULL, 0, TC_OBJECT_PY_LOCK};
    return threading_tell_init(&object, &lock->told, &site);
}

THREADING_TELLING static int telling_destroy(threading_lock *lock) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    struct tc_library_object object = object_of(lock, &site);
    object.name = NULL;
    return threading_tell_destroy(&object, &lock->told, &site, destroy(lock));
}

THREADING_TELLING static int telling_acquire(threading_lock *lock, bool blocking, double timeout) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    struct tc_library_object object = object_of(lock, &site);
    if (!threading_acquire_valid(blocking, timeout))
        return EINVAL;
    if (!threading_word_try(&lock->state)) {
        if (!blocking)
            return EBUSY;
        THREADING_TELL(&object, &site, threading_request_code(timeout), 0, 0);
        int result = acquire(lock, blocking, timeout);
        if (result) {
            THREADING_TELL(&object, &site, TC_EV_REQUEST_FAILED, 0, result);
            return result;
        }
    }
    THREADING_TELL(&object, &site, threading_acquire_code(blocking, timeout), 0, 0);
    return 0;
}

THREADING_TELLING static int telling_release(threading_lock *lock) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    struct tc_library_object object = object_of(lock, &site);
    if (threading_lock_locked(lock))
        THREADING_TELL(&object, &site, TC_EV_RELEASE, 0, 0);
    int result = release(lock);
    if (result)
        THREADING_TELL(&object, &site, TC_EV_RELEASE_FAILED, 0, result);
    return result;
}

int threading_lock_init(threading_lock *lock) {
    return THREADING_WATCHED() ? telling_init(lock) : initialise(lock);
}

int threading_lock_destroy(threading_lock *lock) {
    return THREADING_WATCHED() ? telling_destroy(lock) : destroy(lock);
}

int threading_lock_set_name(threading_lock *lock, const char *name) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    int result = threading_name_set(&lock->name, name);
    if (!THREADING_WATCHED())
        return result;
    struct tc_library_object object = object_of(lock, &site);
    return threading_tell_name(&object, result);
}

int threading_lock_acquire(threading_lock *lock, bool blocking, double timeout) {
    if (THREADING_WATCHED())
        return telling_acquire(lock, blocking, timeout);
    return acquire(lock, blocking, timeout);
}

int threading_lock_release(threading_lock *lock) {
    if (THREADING_WATCHED())
        return telling_release(lock);
    return release(lock);
}

bool threading_lock_locked(const threading_lock *lock) {
    return __atomic_load_n(&lock->state, __ATOMIC_RELAXED) != 0;
}
