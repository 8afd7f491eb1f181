/* bounded_semaphore.c: BoundedSemaphore, a semaphore that refuses to rise above its initial value.
 */
#include "semaphore.h"

static struct tc_library_object object_of(threading_bounded_semaphore *semaphore,
                                          const struct tc_library_site *site) {
    threading_semaphore *base = &semaphore->base;
    return threading_describe(semaphore, base->name, base->bound, TC_OBJECT_PY_BOUNDED_SEMAPHORE,
                              &base->told, site);
}

static int initialise(threading_bounded_semaphore *semaphore, unsigned value) {
    *semaphore = (threading_bounded_semaphore){{value, 0, value, NULL}};
    return 0;
}

THREADING_TELLING static int telling_init(threading_bounded_semaphore *semaphore, unsigned value) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    initialise(semaphore, value);
    struct tc_library_object object = {semaphore, NULL, value, TC_OBJECT_PY_BOUNDED_SEMAPHORE};
    return threading_tell_init(&object, &semaphore->base.told, &site);
}

THREADING_TELLING static int telling_destroy(threading_bounded_semaphore *semaphore) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    struct tc_library_object object = object_of(semaphore, &site);
    object.name = NULL;
    return threading_tell_destroy(&object, &semaphore->base.told, &site,
                                  threading_semaphore_end(&semaphore->base));
}

THREADING_TELLING static int telling_acquire(threading_bounded_semaphore *semaphore, bool blocking,
                                             double timeout) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    return threading_semaphore_tell_acquire(object_of(semaphore, &site), &site, &semaphore->base,
                                            blocking, timeout);
}

THREADING_TELLING static int telling_release(threading_bounded_semaphore *semaphore, unsigned n) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    return threading_semaphore_tell_release(object_of(semaphore, &site), &site, &semaphore->base, n,
                                            semaphore->base.bound);
}

int threading_bounded_semaphore_init(threading_bounded_semaphore *semaphore, unsigned value) {
    if (THREADING_WATCHED())
        return telling_init(semaphore, value);
    return initialise(semaphore, value);
}

int threading_bounded_semaphore_destroy(threading_bounded_semaphore *semaphore) {
    if (THREADING_WATCHED())
        return telling_destroy(semaphore);
    return threading_semaphore_end(&semaphore->base);
}

int threading_bounded_semaphore_set_name(threading_bounded_semaphore *semaphore, const char *name) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    int result = threading_name_set(&semaphore->base.name, name);
    if (!THREADING_WATCHED())
        return result;
    struct tc_library_object object = object_of(semaphore, &site);
    return threading_tell_name(&object, result);
}

int threading_bounded_semaphore_acquire(threading_bounded_semaphore *semaphore, bool blocking,
                                        double timeout) {
    if (THREADING_WATCHED())
        return telling_acquire(semaphore, blocking, timeout);
    return threading_semaphore_take_or_wait(&semaphore->base, blocking, timeout);
}

int threading_bounded_semaphore_release(threading_bounded_semaphore *semaphore, unsigned n) {
    if (THREADING_WATCHED())
        return telling_release(semaphore, n);
    return threading_semaphore_give(&semaphore->base, n, semaphore->base.bound);
}

unsigned threading_bounded_semaphore_value(const threading_bounded_semaphore *semaphore) {
    return threading_semaphore_value(&semaphore->base);
}
