/* watch.c: finds the shim's table before main; see watch.h. */
#include "watch.h"

#include <dlfcn.h>
#include <sched.h>

const struct tc_library *threading_watch;

/* Weak: a fully static program has no dlsym, and nothing can be preloaded to it. */
extern void *dlsym(void *restrict handle, const char *restrict name) __attribute__((weak));

/* Early among the constructors, as others may use our objects. */
__attribute__((constructor(101))) static void find_watch(void) {
    const struct tc_library *found = dlsym ? dlsym(RTLD_DEFAULT, "tc_library") : NULL;
    if (found && found->version == TC_LIBRARY_VERSION && found->size >= sizeof *found)
        threading_watch = found;
}

enum tc_event_code threading_request_code(double timeout) {
    return timeout == THREADING_FOREVER ? TC_EV_REQUEST : TC_EV_REQUEST_TIMED;
}

enum tc_event_code threading_acquire_code(bool blocking, double timeout) {
    if (!blocking)
        return TC_EV_ACQUIRE_TRY;
    return timeout == THREADING_FOREVER ? TC_EV_ACQUIRE : TC_EV_ACQUIRE_TIMED;
}

/* Values of `told`.  It is 0 after every initialiser, so that memory which is used again for
 * another object, also without a destroy, is seen as what it is. */
enum { NOTHING, BEING_TOLD, ALL, END };

/* Others wait for the thread that tells of the object first: a little, as a fork may have left it
 * behind. */
static void wait_until_told(const uint32_t *told) {
    const int most = 100000;
    for (int i = 0; i < most && __atomic_load_n(told, __ATOMIC_ACQUIRE) == BEING_TOLD; i++)
        sched_yield();
}

struct tc_library_object threading_describe(const void *address, const char *name, uint32_t value,
                                            enum tc_object_type type, uint32_t *told,
                                            const struct tc_library_site *site) {
    struct tc_library_object object = {address, name, value, (uint8_t)type};
    uint32_t seen = __atomic_load_n(told, __ATOMIC_ACQUIRE);
    if (THREADING_UNLIKELY(threading_watch->steer != NULL))
        threading_watch->steer(site);
    if (THREADING_LIKELY(seen >= ALL))
        return object;
    if (seen == NOTHING && __atomic_compare_exchange_n(told, &seen, BEING_TOLD, false,
                                                       __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
        threading_watch->init(&object, site, true);
        __atomic_store_n(told, ALL, __ATOMIC_RELEASE);
    } else {
        wait_until_told(told);
    }
    return object;
}

int threading_tell_init(const struct tc_library_object *object, uint32_t *told,
                        const struct tc_library_site *site) {
    *told = ALL;
    threading_watch->init(object, site, false);
    return 0;
}

int threading_tell_destroy(const struct tc_library_object *object, uint32_t *told,
                           const struct tc_library_site *site, int result) {
    if (result) {
        THREADING_TELL(object, site, TC_EV_DESTROY_FAILED, 0, result);
    } else {
        *told = END;
        threading_watch->destroy(object, site);
    }
    return result;
}

int threading_tell_name(const struct tc_library_object *object, int result) {
    if (!result)
        threading_watch->set_name(object);
    return result;
}
