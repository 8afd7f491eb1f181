/* real.c: finds the functions that the hooks stand in front of.
 *
 * What: dlvsym and dlsym over interceptors.def.  What a malloc may call while dlsym runs (a failing
 *       dlsym allocates) is known from the start by libc's second names for it.
 * Threads: any; all store the same values.
 */
#include "preload/real.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "preload/arch.h"

/* Second names that glibc exports for programs of old; they cannot be interposed by accident. */
#define TC_LIBC_ALIAS(name)                                                                        \
    extern __typeof__(name) tc_libc_##name;                                                        \
    __asm__(".symver tc_libc_" #name ", __" #name "@" TC_LIBC_FIRST);
TC_LIBC_ALIAS(pthread_mutex_init)
TC_LIBC_ALIAS(pthread_mutex_destroy)
TC_LIBC_ALIAS(pthread_mutex_lock)
TC_LIBC_ALIAS(pthread_mutex_trylock)
TC_LIBC_ALIAS(pthread_mutex_unlock)
TC_LIBC_ALIAS(pthread_rwlock_init)
TC_LIBC_ALIAS(pthread_rwlock_destroy)
TC_LIBC_ALIAS(pthread_rwlock_rdlock)
TC_LIBC_ALIAS(pthread_rwlock_wrlock)
TC_LIBC_ALIAS(pthread_rwlock_tryrdlock)
TC_LIBC_ALIAS(pthread_rwlock_trywrlock)
TC_LIBC_ALIAS(pthread_rwlock_unlock)
TC_LIBC_ALIAS(pthread_once)

struct tc_real tc_real = {
    .pthread_mutex_init = tc_libc_pthread_mutex_init,
    .pthread_mutex_destroy = tc_libc_pthread_mutex_destroy,
    .pthread_mutex_lock = tc_libc_pthread_mutex_lock,
    .pthread_mutex_trylock = tc_libc_pthread_mutex_trylock,
    .pthread_mutex_unlock = tc_libc_pthread_mutex_unlock,
    .pthread_rwlock_init = tc_libc_pthread_rwlock_init,
    .pthread_rwlock_destroy = tc_libc_pthread_rwlock_destroy,
    .pthread_rwlock_rdlock = tc_libc_pthread_rwlock_rdlock,
    .pthread_rwlock_wrlock = tc_libc_pthread_rwlock_wrlock,
    .pthread_rwlock_tryrdlock = tc_libc_pthread_rwlock_tryrdlock,
    .pthread_rwlock_trywrlock = tc_libc_pthread_rwlock_trywrlock,
    .pthread_rwlock_unlock = tc_libc_pthread_rwlock_unlock,
    .pthread_once = tc_libc_pthread_once,
};

static const struct row {
    size_t slot;
    const char *name, *version;
} rows[] = {
#define TC_INTERCEPT(RESULT, name, version, parameters, arguments, BODY)                           \
    {offsetof(struct tc_real, name), #name, version},
#define TC_INTERCEPT_OLD(RESULT, name, version, parameters, arguments, BODY)                       \
    {offsetof(struct tc_real, name##_old), #name, version},
#include "preload/interceptors.def"
#undef TC_INTERCEPT
#undef TC_INTERCEPT_OLD
};

size_t (*tc_real_usable_size)(void *memory);

/* A program may bring a free without a malloc_usable_size: libc's must not be asked then. */
static void find_usable_size(void) {
    void *found = dlsym(RTLD_NEXT, "malloc_usable_size");
    Dl_info size_info, free_info;
    if (found && dladdr(found, &size_info) && dladdr((void *)tc_real.free, &free_info) &&
        size_info.dli_fbase == free_info.dli_fbase)
        tc_real_usable_size = (size_t(*)(void *))found;
}

void (*tc_real_free(void))(void *) {
    static bool looking;
    if (!tc_real.free && !looking) {
        looking = true;
        void *found = dlsym(RTLD_NEXT, "free");
        __atomic_store_n((void **)&tc_real.free, found, __ATOMIC_RELEASE);
        looking = false;
    }
    return tc_real.free;
}

void *(*tc_real_malloc(void))(size_t) {
    static bool looking;
    if (!tc_real.malloc && !looking) {
        looking = true;
        void *found = dlsym(RTLD_NEXT, "malloc");
        __atomic_store_n((void **)&tc_real.malloc, found, __ATOMIC_RELEASE);
        looking = false;
    }
    return tc_real.malloc;
}

void *(*tc_real_calloc(void))(size_t, size_t) {
    static bool looking;
    if (!tc_real.calloc && !looking) {
        looking = true;
        void *found = dlsym(RTLD_NEXT, "calloc");
        __atomic_store_n((void **)&tc_real.calloc, found, __ATOMIC_RELEASE);
        looking = false;
    }
    return tc_real.calloc;
}

void *(*tc_real_realloc(void))(void *, size_t) {
    static bool looking;
    if (!tc_real.realloc && !looking) {
        looking = true;
        void *found = dlsym(RTLD_NEXT, "realloc");
        __atomic_store_n((void **)&tc_real.realloc, found, __ATOMIC_RELEASE);
        looking = false;
    }
    return tc_real.realloc;
}

void tc_real_resolve(void) {
    static bool done;
    if (__atomic_load_n(&done, __ATOMIC_ACQUIRE))
        return;
    int kept_errno = errno;
    tc_real_free();
    tc_real_malloc();
    tc_real_calloc();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        void *found = *row->version ? dlvsym(RTLD_NEXT, row->name, row->version) : NULL;
        if (!found)
            found = dlsym(RTLD_NEXT, row->name);
        if (found)
            __atomic_store_n((void **)((char *)&tc_real + row->slot), found, __ATOMIC_RELEASE);
    }
    find_usable_size();
    __atomic_store_n(&done, true, __ATOMIC_RELEASE);
    errno = kept_errno;
}
