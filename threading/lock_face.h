/* lock_face.h: the functions that Lock and RLock have alike, plain and telling (watch.h).
 *
 * Included once by the source of each, which defines before:
 *   FACE_LOCK, FACE_INIT, FACE_OBJECT   its type, its initialiser and its TC_OBJECT_*
 *   FACE(name)              its public function of that name
 *   try_acquire(lock)       without waiting: 0, or EBUSY when another thread holds it
 *   acquire_slowly(lock, timeout)   after EBUSY: waits, with a timeout that is valid
 *   may_release(lock)       whether release(lock) is going to succeed
 *   release(lock)           0, or EPERM
 * Threads: any, as threading.h says of each function.
 */
#include "watch.h"

static struct tc_library_object object_of(FACE_LOCK *lock, const struct tc_library_site *site) {
    return threading_describe(lock, lock->name, 0, FACE_OBJECT, &lock->told, site);
}

static inline int acquire(FACE_LOCK *lock, bool blocking, double timeout) {
    if (THREADING_UNLIKELY(!threading_acquire_valid(blocking, timeout)))
        return EINVAL;
    int result = try_acquire(lock);
    if (THREADING_LIKELY(result != EBUSY) || !blocking)
        return result;
    return acquire_slowly(lock, timeout);
}

static int initialise(FACE_LOCK *lock) {
    *lock = (FACE_LOCK)FACE_INIT;
    return 0;
}

static int destroy(FACE_LOCK *lock) {
    if (FACE(locked)(lock))
        return EBUSY;
    return threading_name_set(&lock->name, NULL);
}

THREADING_TELLING static int telling_init(FACE_LOCK *lock) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    initialise(lock);
    struct tc_library_object object = {lock, NULL, 0, FACE_OBJECT};
    return threading_tell_init(&object, &lock->told, &site);
}

THREADING_TELLING static int telling_destroy(FACE_LOCK *lock) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    struct tc_library_object object = object_of(lock, &site);
    object.name = NULL;
    return threading_tell_destroy(&object, &lock->told, &site, destroy(lock));
}

THREADING_TELLING static int telling_acquire(FACE_LOCK *lock, bool blocking, double timeout) {
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

THREADING_TELLING static int telling_release(FACE_LOCK *lock) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    struct tc_library_object object = object_of(lock, &site);
    if (may_release(lock))
        THREADING_TELL(&object, &site, TC_EV_RELEASE, 0, 0);
    int result = release(lock);
    if (result)
        THREADING_TELL(&object, &site, TC_EV_RELEASE_FAILED, 0, result);
    return result;
}

int FACE(init)(FACE_LOCK *lock) {
    return THREADING_WATCHED() ? telling_init(lock) : initialise(lock);
}

int FACE(destroy)(FACE_LOCK *lock) {
    return THREADING_WATCHED() ? telling_destroy(lock) : destroy(lock);
}

int FACE(set_name)(FACE_LOCK *lock, const char *name) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    int result = threading_name_set(&lock->name, name);
    if (!THREADING_WATCHED())
        return result;
    struct tc_library_object object = object_of(lock, &site);
    return threading_tell_name(&object, result);
}

int FACE(acquire)(FACE_LOCK *lock, bool blocking, double timeout) {
    if (THREADING_WATCHED())
        return telling_acquire(lock, blocking, timeout);
    return acquire(lock, blocking, timeout);
}

int FACE(release)(FACE_LOCK *lock) {
    if (THREADING_WATCHED())
        return telling_release(lock);
    return release(lock);
}
