/* hooks_guard.c: the guards of C++ function-local statics.
 *
 * What: __cxa_guard_acquire, release and abort; the thread that initialises holds the guard.
 * Threads: each hook works for the calling thread.
 *
 * A C++ library that a program loads late is out of dlsym's sight, though its guards come here.  So
 * there is an implementation of our own for when no other was found at the start.  It keeps to the
 * layout of libstdc++ (and so of the Itanium ABI: the first byte says that all is done).
 */
#include <limits.h>
#include <linux/futex.h>

#include "preload/hook.h"
#include "preload/sys.h"

#define GUARD_DONE    0x1u
#define GUARD_PENDING 0x100u
#define GUARD_WAITING 0x10000u

int __cxa_guard_acquire(int64_t *guard);
void __cxa_guard_release(int64_t *guard);
void __cxa_guard_abort(int64_t *guard);

static uint32_t *guard_word(int64_t *guard) {
    return (uint32_t *)guard;
}

static int own_acquire(int64_t *guard) {
    uint32_t *word = guard_word(guard);
    for (;;) {
        uint32_t seen = 0;
        if (__atomic_compare_exchange_n(word, &seen, GUARD_PENDING, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return 1;
        if (seen & GUARD_DONE)
            return 0;
        uint32_t waiting = seen | GUARD_WAITING;
        if (seen != waiting && !__atomic_compare_exchange_n(word, &seen, waiting, false,
                                                            __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            continue;
        TC_SYSCALL_4(SYS_futex, word, FUTEX_WAIT, waiting, 0);
    }
}

static void own_end(int64_t *guard, uint32_t value) {
    uint32_t *word = guard_word(guard);
    if (__atomic_exchange_n(word, value, __ATOMIC_ACQ_REL) & GUARD_WAITING)
        TC_SYSCALL_3(SYS_futex, word, FUTEX_WAKE, INT_MAX);
}

static void own_release(int64_t *guard) {
    own_end(guard, GUARD_DONE);
}

static void own_abort(int64_t *guard) {
    own_end(guard, 0);
}

/* The next definition, or our own.  Never changes: nothing is resolved after the start. */
#define NEXT(name, own) (tc_real.name ? tc_real.name : (own))

TC_EXPORT int __cxa_guard_acquire(int64_t *guard) {
    struct tc_thread *self = tc_enter();
    if (!self) {
        tc_real_resolve();
        return NEXT(__cxa_guard_acquire, own_acquire)(guard);
    }
    uint32_t stack = tc_stack(self, TC_SITE());
    struct tc_ref object = tc_object_ref(self, guard, TC_OBJECT_GUARD, stack);
    uint32_t word = __atomic_load_n(guard_word(guard), __ATOMIC_ACQUIRE);
    if (tc_held_count(self, object.id))
        tc_materialise(self);
    tc_leave(self);
    int (*acquire)(int64_t *) = NEXT(__cxa_guard_acquire, own_acquire);
    struct tc_blocking call = {.object = object, .stack = stack, .request = TC_EV_REQUEST};
    int result = word == 0 || word & GUARD_DONE
                     ? acquire(guard)
                     : (int)tc_blocking_call(&call, (void *)acquire, (long)guard, 0, 0, 0);
    if ((self = tc_enter())) {
        tc_event(self, result ? TC_EV_ACQUIRE : TC_EV_WAIT_PASSED, object, stack, 0, 0);
        tc_leave(self);
    }
    return result;
}

/* Both ends of an initialisation give the guard up. */
#define END(name, own)                                                                             \
    TC_EXPORT void name(int64_t *guard) {                                                          \
        struct tc_thread *self = tc_enter();                                                       \
        if (self) {                                                                                \
            uint32_t stack = tc_stack(self, TC_SITE());                                            \
            struct tc_ref object = tc_object_ref(self, guard, TC_OBJECT_GUARD, stack);             \
            tc_event(self, TC_EV_RELEASE, object, stack, 0, 0);                                    \
            tc_leave(self);                                                                        \
        } else {                                                                                   \
            tc_real_resolve();                                                                     \
        }                                                                                          \
        NEXT(name, own)(guard);                                                                    \
    }
END(__cxa_guard_release, own_release)
END(__cxa_guard_abort, own_abort)
