/* tsan_lock.c: locks of a program's own and fibers, as sanitizer/tsan_interface.h has them.
 *
 * What: such a lock is one like those of threadcheck/annotate.h: it orders, its order is looked at,
 *       and it is in the reports.  What its own code does between `pre` and `post` is ignored.  A
 *       fiber takes along what was known where it last ran.
 * Threads: any.
 */
#include <errno.h>

#include "preload/annotate.h"
#include "preload/object.h"
#include "preload/race/core.h"
#include "preload/race/tsan.h"

#include "preload/poison.h"

enum flag {
    LINKER_INIT = 1 << 0,
    REENTRANT = 1 << 1,
    READ = 1 << 3,
    TRY = 1 << 4,
    TRY_FAILED = 1 << 5,
    RECURSIVE_LOCK = 1 << 6,
    RECURSIVE_UNLOCK = 1 << 7,
    NOT_STATIC = 1 << 8,
};

static unsigned long flags_of(unsigned flags) {
    return (flags & READ ? TC_LOCK_SHARED : 0) | (flags & TRY ? TC_LOCK_TRY : 0);
}

static unsigned long life_of(unsigned flags) {
    return (flags & LINKER_INIT ? TC_LOCK_LINKER_INIT : 0) |
           (flags & NOT_STATIC ? TC_LOCK_NOT_STATIC : 0);
}

TSAN(void, __tsan_mutex_create, void *address, unsigned flags) {
    tc_annotate(TC_ANNOTATE_LOCK_CREATED, address, NULL,
                life_of(flags) | (flags & REENTRANT ? TC_LOCK_RECURSIVE : 0), TC_SITE());
}
TSAN(void, __tsan_mutex_destroy, void *address, unsigned flags) {
    tc_annotate(TC_ANNOTATE_LOCK_DESTROYED, address, NULL, life_of(flags), TC_SITE());
}
TSAN(void, __tsan_mutex_pre_lock, void *address, unsigned flags) {
    if (!(flags & TRY))
        tc_annotate(TC_ANNOTATE_LOCK_REQUEST, address, NULL, flags_of(flags), TC_SITE());
    tc_tsan_ignore(1);
}
TSAN(void, __tsan_mutex_post_lock, void *address, unsigned flags, int levels) {
    tc_tsan_ignore(-1);
    if (flags & TRY_FAILED)
        return;
    for (int level = 0; level < (flags & RECURSIVE_LOCK && levels > 1 ? levels : 1); level++)
        tc_annotate(TC_ANNOTATE_LOCK_ACQUIRED, address, NULL, flags_of(flags), TC_SITE());
}

int tc_tsan_levels(const volatile void *address) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return 0;
    struct tc_ref lock = tc_object_find((const void *)address, TC_OBJECT_USER_LOCK);
    uint32_t levels = lock.id ? tc_held_count(self, lock.id) : 0;
    tc_leave(self);
    return (int)levels;
}

/* A lock that is given back with all its levels at once is taken again with as many: the program
 * passes on what it gets here. */
TSAN(int, __tsan_mutex_pre_unlock, void *address, unsigned flags) {
    int levels = flags & RECURSIVE_UNLOCK ? tc_tsan_levels(address) : 1;
    for (int level = 0; level < (levels > 1 ? levels : 1); level++)
        tc_annotate(TC_ANNOTATE_LOCK_RELEASED, address, NULL, flags_of(flags), TC_SITE());
    tc_tsan_ignore(1);
    return levels;
}
TSAN(void, __tsan_mutex_post_unlock, void *address, unsigned flags) {
    (void)address;
    (void)flags;
    tc_tsan_ignore(-1);
}
TSAN(void, __tsan_mutex_pre_signal, void *address, unsigned flags) {
    (void)address;
    (void)flags;
    tc_tsan_ignore(1);
}
TSAN(void, __tsan_mutex_post_signal, void *address, unsigned flags) {
    (void)address;
    (void)flags;
    tc_tsan_ignore(-1);
}
/* Between these the program's own code is not the lock's. */
TSAN(void, __tsan_mutex_pre_divert, void *address, unsigned flags) {
    (void)address;
    (void)flags;
    tc_tsan_ignore(-1);
}
TSAN(void, __tsan_mutex_post_divert, void *address, unsigned flags) {
    (void)address;
    (void)flags;
    tc_tsan_ignore(1);
}

/* Fibers are told apart by numbers, in a part of the address space where nothing can be. */
#define FIBERS      (1ul << 50)
#define NOT_ORDERED 1u

static unsigned long fibers;
static __thread uintptr_t fiber __attribute__((tls_model("initial-exec")));

static uintptr_t new_fiber(void) {
    return FIBERS + 8 * __atomic_add_fetch(&fibers, 1, __ATOMIC_RELAXED);
}

TSAN(void *, __tsan_get_current_fiber, void) {
    if (!fiber)
        fiber = new_fiber();
    return (void *)fiber;
}
TSAN(void *, __tsan_create_fiber, unsigned flags) {
    (void)flags;
    uintptr_t made = new_fiber();
    tc_race_atomic_release(made);
    return (void *)made;
}
TSAN(void, __tsan_destroy_fiber, void *of) {
    tc_race_atomic_acquire((uintptr_t)of);
    tc_sync_forget(TC_SYNC_ADDRESS | (uintptr_t)of);
}
/* What one thread does is in order, with NOT_ORDERED as well: no false alarm comes of that. */
TSAN(void, __tsan_switch_to_fiber, void *to, unsigned flags) {
    (void)flags;
    if (fiber)
        tc_race_atomic_release(fiber);
    fiber = (uintptr_t)to;
    tc_race_atomic_acquire(fiber);
}
TSAN(void, __tsan_set_fiber_name, void *of, const char *name) {
    (void)of;
    (void)name;
}
