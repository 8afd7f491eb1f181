/* watch.c: finds the shim's table before main; see watch.h. */
#include "watch.h"

#include <dlfcn.h>

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

/* A destroy is a release-like event, but whether it is refused is known only when it is done: the
 * memory may be used again as soon as this returns, and not before. */
int threading_tell_destroy(const struct tc_library_object *object,
                           const struct tc_library_site *site, int result) {
    if (result)
        THREADING_TELL(object, site, TC_EV_DESTROY_FAILED, 0, result);
    else
        threading_watch->destroy(object, site);
    return result;
}

int threading_tell_name(const struct tc_library_object *object, int result) {
    if (!result)
        threading_watch->set_name(object);
    return result;
}
