/* semaphore.c: Semaphore, and the parts of both kinds that are not worth inlining. */
#include "semaphore.h"

#include <pthread.h>

/* A cancelled waiter may have been the one that a release woke: passes that on. */
static void leave_cancelled(void *argument) {
    threading_semaphore *semaphore = argument;
    uint64_t word = __atomic_sub_fetch(&semaphore->word, THREADING_ONE_WAITER, __ATOMIC_RELAXED);
    if ((uint32_t)word && word >= THREADING_ONE_WAITER)
        threading_futex_wake((uint32_t *)&semaphore->word, 1);
}

int threading_semaphore_acquire_slowly(threading_semaphore *semaphore, double timeout) {
    if (timeout == 0)
        return ETIMEDOUT;
    uint64_t deadline = threading_deadline(timeout);
    int result = 0;
    __atomic_add_fetch(&semaphore->word, THREADING_ONE_WAITER, __ATOMIC_RELAXED);
    pthread_cleanup_push(leave_cancelled, semaphore);
    while (!threading_semaphore_take(semaphore, THREADING_ONE_WAITER)) {
        if (result) {
            __atomic_sub_fetch(&semaphore->word, THREADING_ONE_WAITER, __ATOMIC_RELAXED);
            break;
        }
        result = threading_futex_wait_cancellable((uint32_t *)&semaphore->word, 0, deadline);
        if (result && (uint32_t)threading_semaphore_load(semaphore))
            result = 0;
    }
    pthread_cleanup_pop(0);
    return result;
}

static int initialise(threading_semaphore *semaphore, unsigned value) {
    *semaphore = (threading_semaphore){value, 0, value, NULL};
    return 0;
}

int threading_semaphore_end(threading_semaphore *semaphore) {
    if (threading_semaphore_load(semaphore) >= THREADING_ONE_WAITER)
        return EBUSY;
    return threading_name_set(&semaphore->name, NULL);
}

int threading_semaphore_tell_acquire(struct tc_library_object object,
                                     const struct tc_library_site *site,
                                     threading_semaphore *semaphore, bool blocking,
                                     double timeout) {
    if (!threading_acquire_valid(blocking, timeout))
        return EINVAL;
    bool timed = timeout != THREADING_FOREVER;
    if (!threading_semaphore_take(semaphore, 0)) {
        if (!blocking)
            return EBUSY;
        THREADING_TELL(&object, site, timed ? TC_EV_REQUEST_COUNTED_TIMED : TC_EV_REQUEST_COUNTED,
                       0, 0);
        int result = threading_semaphore_acquire_slowly(semaphore, timeout);
        if (result) {
            THREADING_TELL(&object, site, TC_EV_REQUEST_FAILED, 0, result);
            return result;
        }
    }
    THREADING_TELL(&object, site,
                   !blocking ? TC_EV_ACQUIRE_COUNTED_TRY
                   : timed   ? TC_EV_ACQUIRE_COUNTED_TIMED
                             : TC_EV_ACQUIRE_COUNTED,
                   0, 0);
    return 0;
}

int threading_semaphore_tell_release(struct tc_library_object object,
                                     const struct tc_library_site *site,
                                     threading_semaphore *semaphore, unsigned n, uint32_t bound) {
    uint32_t value = (uint32_t)threading_semaphore_load(semaphore);
    bool fits = n && value <= bound && n <= bound - value;
    if (fits)
        THREADING_TELL(&object, site, TC_EV_RELEASE_COUNTED, n == 1 ? 0 : n, 0);
    int result = threading_semaphore_give(semaphore, n, bound);
    if (result == EOVERFLOW)
        THREADING_TELL(&object, site, TC_EV_RELEASE_FAILED, 0, result);
    return result;
}

/* First seen after a static initialiser, its value was 1. */
static struct tc_library_object object_of(threading_semaphore *semaphore,
                                          const struct tc_library_site *site) {
    return threading_describe(semaphore, semaphore->name, 1, TC_OBJECT_PY_SEMAPHORE,
                              &semaphore->told, site);
}

THREADING_TELLING static int telling_init(threading_semaphore *semaphore, unsigned value) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    initialise(semaphore, value);
    struct tc_library_object object = {semaphore, NULL, value, TC_OBJECT_PY_SEMAPHORE};
    return threading_tell_init(&object, &semaphore->told, &site);
}

THREADING_TELLING static int telling_destroy(threading_semaphore *semaphore) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    struct tc_library_object object = object_of(semaphore, &site);
    object.name = NULL;
    return threading_tell_destroy(&object, &semaphore->told, &site,
                                  threading_semaphore_end(semaphore));
}

THREADING_TELLING static int telling_acquire(threading_semaphore *semaphore, bool blocking,
                                             double timeout) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    return threading_semaphore_tell_acquire(object_of(semaphore, &site), &site, semaphore, blocking,
                                            timeout);
}

THREADING_TELLING static int telling_release(threading_semaphore *semaphore, unsigned n) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    return threading_semaphore_tell_release(object_of(semaphore, &site), &site, semaphore, n,
                                            UINT32_MAX);
}

int threading_semaphore_init(threading_semaphore *semaphore, unsigned value) {
    return THREADING_WATCHED() ? telling_init(semaphore, value) : initialise(semaphore, value);
}

int threading_semaphore_destroy(threading_semaphore *semaphore) {
    return THREADING_WATCHED() ? telling_destroy(semaphore) : threading_semaphore_end(semaphore);
}

int threading_semaphore_set_name(threading_semaphore *semaphore, const char *name) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    int result = threading_name_set(&semaphore->name, name);
    if (!THREADING_WATCHED())
        return result;
    struct tc_library_object object = object_of(semaphore, &site);
    return threading_tell_name(&object, result);
}

int threading_semaphore_acquire(threading_semaphore *semaphore, bool blocking, double timeout) {
    if (THREADING_WATCHED())
        return telling_acquire(semaphore, blocking, timeout);
    return threading_semaphore_take_or_wait(semaphore, blocking, timeout);
}

int threading_semaphore_release(threading_semaphore *semaphore, unsigned n) {
    if (THREADING_WATCHED())
        return telling_release(semaphore, n);
    return threading_semaphore_give(semaphore, n, UINT32_MAX);
}

unsigned threading_semaphore_value(const threading_semaphore *semaphore) {
    return (uint32_t)threading_semaphore_load(semaphore);
}
