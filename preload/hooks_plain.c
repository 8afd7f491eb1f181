/* hooks_plain.c: the hooks that interceptors.def makes out of one row.
 *
 * What: a skeleton for each way of being plain; the table's first comment lists them.
 * Threads: each hook works for the calling thread.
 */
#include <grp.h>
#include <sched.h>
#include <unistd.h>

#include "preload/compact_hot.h"
#include "preload/hook.h"
#include "preload/hot.h"
#include "preload/interpreter.h"
#include "preload/libc_short.h"

#include "preload/enter.h"

/* TC_SITE() in registers, as in hooks_mutex_hot.c. */
#define TC_HERE                                                                                    \
    (uintptr_t) __builtin_return_address(0), TC_CALLER_BASE(),                                     \
        *(uintptr_t *)__builtin_frame_address(0)
#define TC_LIST(...) __VA_ARGS__

#define TC_MAKE_SENDS(RESULT, name, parameters, arguments, TYPE, EVENT, ...)                       \
    TC_EXPORT RESULT name parameters {                                                             \
        if (tc_interpreter_part(TC_FIRST arguments)) {                                             \
            tc_interpreter.part_used(TC_FIRST arguments);                                          \
            return TC_REAL(name) arguments;                                                        \
        }                                                                                          \
        struct tc_thread *self = tc_enter();                                                       \
        if (self) {                                                                                \
            uint32_t stack = tc_stack(self, TC_SITE());                                            \
            struct tc_ref object = TC_REF(TYPE, self, TC_FIRST arguments, stack);                  \
            tc_event(self, TC_EV_##EVENT, object, stack, 0, 0);                                    \
            tc_leave(self);                                                                        \
        }                                                                                          \
        return TC_REAL(name) arguments;                                                            \
    }

/* Records an acquire that was made; gives 0. */
static TC_COLD int acquired_slow(void *address, uint8_t type, enum tc_event_code code,
                                 uintptr_t return_address, uintptr_t cfa, uintptr_t frame_pointer) {
    struct tc_site site = {return_address, cfa, frame_pointer, 0};
    struct tc_thread *self = tc_enter();
    if (!self)
        return 0;
    uint32_t stack = tc_stack_here(self, site);
    struct tc_ref object = type == TC_OBJECT_RWLOCK ? tc_rwlock_ref(self, address, stack)
                                                    : tc_object_ref(self, address, type, stack);
    tc_event(self, code, object, stack, 0, 0);
    tc_leave(self);
    return 0;
}

/* How the event of an acquire holds its object. */
#define TC_HOLD_OF(EVENT)                                                                          \
    (TC_EV_##EVENT >= TC_EV_ACQUIRE_SHARED && TC_EV_##EVENT <= TC_EV_ACQUIRE_SHARED_TIMED          \
         ? TC_HOT_SHARED                                                                           \
         : TC_HOT_EXCLUSIVE)

#define TC_MAKE_TRIES(RESULT, name, parameters, arguments, TYPE, EVENT, ...)                       \
    TC_EXPORT RESULT name parameters {                                                             \
        RESULT result = TC_REAL(name) arguments;                                                   \
        if (result != 0)                                                                           \
            return result;                                                                         \
        struct tc_thread *self = tc_enter();                                                       \
        if (self) {                                                                                \
            uint32_t stack = tc_stack(self, TC_SITE());                                            \
            struct tc_ref object = TC_REF(TYPE, self, TC_FIRST arguments, stack);                  \
            tc_event(self, TC_EV_##EVENT, object, stack, 0, 0);                                    \
            tc_leave(self);                                                                        \
        }                                                                                          \
        return result;                                                                             \
    }

/* A release by the holder needs no stack: the acquire has one. */
#define TC_SHORT_pthread_spin_unlock(lock) TC_LIKELY(tc_libc_end_spin((pthread_spinlock_t *)(lock)))
#define TC_MAKE_RELEASES(RESULT, name, parameters, arguments, TYPE, EVENT, ...)                    \
    static __attribute__((noinline)) RESULT name##_rest(                                           \
        TC_LIST parameters, uintptr_t return_address, uintptr_t cfa, uintptr_t frame_pointer) {    \
        struct tc_site site = {return_address, cfa, frame_pointer, 0};                             \
        struct tc_thread *self = tc_enter();                                                       \
        if (self) {                                                                                \
            struct tc_ref object = TC_REF(TYPE, self, TC_FIRST arguments, 0);                      \
            uint32_t stack = 0;                                                                    \
            if (!tc_held_count(self, object.id)) {                                                 \
                stack = tc_stack(self, site);                                                      \
                tc_materialise(self);                                                              \
            }                                                                                      \
            tc_event(self, TC_EV_##EVENT, object, stack, 0, 0);                                    \
            tc_leave(self);                                                                        \
        }                                                                                          \
        return TC_REAL(name) arguments;                                                            \
    }                                                                                              \
    TC_EXPORT RESULT name parameters {                                                             \
        struct tc_thread *self = tc_active();                                                      \
        struct tc_hot hot = {0};                                                                   \
        if (TC_LIKELY(self != NULL))                                                               \
            hot = tc_hot_object(self, (void *)TC_FIRST arguments, TC_OBJECT_##TYPE);               \
        if (TC_LIKELY(hot.id && tc_hot_release(self, hot.id, hot.order, TC_HOT_EXCLUSIVE,          \
                                               TC_CALLER_BASE())))                                 \
            return TC_SHORT_##name(TC_FIRST arguments) ? 0 : tc_real.name arguments;               \
        return name##_rest(TC_LIST arguments, TC_HERE);                                            \
    }

#define TC_MAKE_DESTROYS(RESULT, name, parameters, arguments, TYPE, ...)                           \
    TC_EXPORT RESULT name parameters {                                                             \
        struct tc_thread *self = tc_enter();                                                       \
        if (self) {                                                                                \
            uint32_t stack = tc_stack(self, TC_SITE());                                            \
            tc_destroying(self, (void *)TC_FIRST arguments, TC_OBJECT_##TYPE, stack);              \
            tc_leave(self);                                                                        \
        }                                                                                          \
        return TC_REAL(name) arguments;                                                            \
    }

/* libc's destroy waits for those who are still in a call; a thread that never leaves hangs it.
 * Whether anybody is tells glibc's layout: the references of a condition, the threads that came to
 * a barrier and those that left it. */
static bool in_use_COND(const void *cond) {
    return ((const pthread_cond_t *)cond)->__data.__wrefs >> 3 != 0;
}
static bool in_use_BARRIER(const void *barrier) {
    const unsigned *words = barrier;
    return words[0] != words[4];
}

#define TC_MAKE_DRAINS(RESULT, name, parameters, arguments, TYPE, ...)                             \
    TC_EXPORT RESULT name parameters {                                                             \
        struct tc_thread *self = tc_enter();                                                       \
        if (!self)                                                                                 \
            return TC_REAL(name) arguments;                                                        \
        uint32_t stack = tc_stack(self, TC_SITE());                                                \
        struct tc_ref object = tc_object_find(TC_FIRST arguments, TC_OBJECT_##TYPE);               \
        bool waits = object.id && in_use_##TYPE(TC_FIRST arguments);                               \
        tc_destroying(self, (void *)TC_FIRST arguments, TC_OBJECT_##TYPE, stack);                  \
        if (waits) {                                                                               \
            tc_event_time(self);                                                                   \
            tc_wait_begin(self, TC_EV_DESTROY, object, stack);                                     \
        }                                                                                          \
        tc_leave(self);                                                                            \
        RESULT result = TC_REAL(name) arguments;                                                   \
        if (waits && (self = tc_enter())) {                                                        \
            tc_wait_end(self);                                                                     \
            tc_leave(self);                                                                        \
        }                                                                                          \
        return result;                                                                             \
    }

/* A try without a call; false: the real one may be tried. */
#define TC_GOT_pthread_rwlock_tryrdlock(lock) TC_LIKELY(tc_libc_read(lock))
#define TC_GOT_pthread_rwlock_trywrlock(lock) (tc_real.pthread_rwlock_trywrlock(lock) == 0)
#define TC_GOT_pthread_spin_trylock(lock)     TC_LIKELY(tc_libc_spin((pthread_spinlock_t *)(lock)))

/* `valid`: a try gives what the call would give when it succeeds; libc refuses some time-outs even
 * of a lock that is free. */
#define TC_MAKE_LOCKING(RESULT, name, parameters, arguments, TYPE, TRY, REQUEST, ACQUIRE, valid,   \
                        second, third)                                                             \
    static __attribute__((noinline)) int name##_put(void *address, uint64_t key, uint64_t *order,  \
                                                    uintptr_t return_address, uintptr_t cfa,       \
                                                    uintptr_t frame_pointer) {                     \
        if (TC_LIKELY(tc_compact_put(tc_local.active, key, order, TC_HOLD_OF(ACQUIRE))))           \
            return 0;                                                                              \
        return acquired_slow(address, TC_OBJECT_##TYPE, TC_EV_##ACQUIRE, return_address, cfa,      \
                             frame_pointer);                                                       \
    }                                                                                              \
    static __attribute__((noinline)) RESULT name##_found(                                          \
        TC_LIST parameters, uintptr_t return_address, uintptr_t cfa, uintptr_t frame_pointer) {    \
        struct tc_site site = {return_address, cfa, frame_pointer, 0};                             \
        struct tc_thread *self = tc_active();                                                      \
        if (self && (valid)) {                                                                     \
            uint32_t epoch = tc_hot_epoch(), known = 0;                                            \
            struct tc_hot hot = tc_hot_object(self, (void *)TC_FIRST arguments, TC_OBJECT_##TYPE); \
            if (hot.id)                                                                            \
                known = tc_hot_find(self, site, epoch);                                            \
            struct tc_hot_context context =                                                        \
                tc_hot_context(hot.id, known, TC_EV_##ACQUIRE, TC_HOLD_OF(ACQUIRE));               \
            if (known && tc_real.TRY(TC_FIRST arguments) == 0) {                                   \
                if (tc_hot_still(epoch) &&                                                         \
                    tc_hot_record(self, context, hot.order, TC_HOLD_OF(ACQUIRE), cfa))             \
                    return 0;                                                                      \
                return acquired_slow((void *)TC_FIRST arguments, TC_OBJECT_##TYPE,                 \
                                     TC_EV_##ACQUIRE, return_address, cfa, frame_pointer);         \
            }                                                                                      \
        }                                                                                          \
        if (!(self = tc_enter()))                                                                  \
            return TC_REAL(name) arguments;                                                        \
        uint32_t stack = tc_stack(self, site);                                                     \
        struct tc_ref object = TC_REF(TYPE, self, TC_FIRST arguments, stack);                      \
        bool done =                                                                                \
            (valid) && tc_real.TRY(TC_FIRST arguments) == 0; /* blocks and calls nothing */        \
        if (done)                                                                                  \
            tc_event(self, TC_EV_##ACQUIRE, object, stack, 0, 0);                                  \
        tc_leave(self);                                                                            \
        if (!done)                                                                                 \
            return tc_blocking_lock(object, stack, TC_EV_##REQUEST, TC_EV_##ACQUIRE,               \
                                    (void *)tc_real.name, (long)TC_FIRST arguments, (long)second,  \
                                    (long)third);                                                  \
        return 0;                                                                                  \
    }                                                                                              \
    TC_EXPORT RESULT name parameters {                                                             \
        struct tc_thread *self = tc_active();                                                      \
        uint32_t epoch = tc_hot_epoch(), stack = 0;                                                \
        struct tc_hot hot = {0};                                                                   \
        if (TC_LIKELY(self && (valid)))                                                            \
            hot = tc_hot_object(self, (void *)TC_FIRST arguments, TC_OBJECT_##TYPE);               \
        if (TC_LIKELY(hot.id != 0))                                                                \
            stack = tc_hot_known(self, TC_SITE(), epoch);                                          \
        struct tc_hot_context context =                                                            \
            tc_hot_context(hot.id, stack, TC_EV_##ACQUIRE, TC_HOLD_OF(ACQUIRE));                   \
        if (TC_UNLIKELY(!stack || !TC_GOT_##TRY(TC_FIRST arguments)))                              \
            return name##_found(TC_LIST arguments, TC_HERE);                                       \
        if (TC_UNLIKELY(!tc_hot_still(epoch)))                                                     \
            return acquired_slow((void *)TC_FIRST arguments, TC_OBJECT_##TYPE, TC_EV_##ACQUIRE,    \
                                 TC_HERE);                                                         \
        if (TC_UNLIKELY(                                                                           \
                !tc_hot_append(self, context, hot.order, TC_HOLD_OF(ACQUIRE), TC_SITE().cfa)))     \
            return name##_put((void *)TC_FIRST arguments, context.key, hot.order, TC_HERE);        \
        return 0;                                                                                  \
    }
#define TC_MAKE_LOCKS(RESULT, name, parameters, arguments, TYPE, TRY, REQUEST, ACQUIRE, ...)       \
    TC_MAKE_LOCKING(RESULT, name, parameters, arguments, TYPE, TRY, REQUEST, ACQUIRE, true, 0, 0)
#define TC_MAKE_LOCKS_UNTIL(RESULT, name, parameters, arguments, TYPE, TRY, REQUEST, ACQUIRE, ...) \
    TC_MAKE_LOCKING(RESULT, name, parameters, arguments, TYPE, TRY, REQUEST, ACQUIRE,              \
                    tc_valid_time(until), until, 0)
#define TC_MAKE_LOCKS_CLOCK(RESULT, name, parameters, arguments, TYPE, TRY, REQUEST, ACQUIRE, ...) \
    TC_MAKE_LOCKING(RESULT, name, parameters, arguments, TYPE, TRY, REQUEST, ACQUIRE,              \
                    tc_valid_time(until) && tc_valid_clock(clock), clock, until)

#define TC_MAKE_ALONE(RESULT, name, parameters, arguments, ...)                                    \
    TC_EXPORT RESULT name parameters {                                                             \
        tc_watch_stop();                                                                           \
        return TC_REAL(name) arguments;                                                            \
    }
#define TC_MAKE_OWN(...)

/* From a row's BODY to its maker. */
#define TC_BODY_OWN                                TC_MAKE_OWN
#define TC_BODY_SENDS(TYPE, EVENT)                 TC_MAKE_SENDS, TYPE, EVENT
#define TC_BODY_TRIES(TYPE, EVENT)                 TC_MAKE_TRIES, TYPE, EVENT
#define TC_BODY_RELEASES(TYPE, EVENT)              TC_MAKE_RELEASES, TYPE, EVENT
#define TC_BODY_DESTROYS(TYPE)                     TC_MAKE_DESTROYS, TYPE
#define TC_BODY_DRAINS(TYPE)                       TC_MAKE_DRAINS, TYPE
#define TC_BODY_LOCKS(TYPE, TRY, REQUEST, ACQUIRE) TC_MAKE_LOCKS, TYPE, TRY, REQUEST, ACQUIRE
#define TC_BODY_LOCKS_UNTIL(TYPE, TRY, REQUEST, ACQUIRE)                                           \
    TC_MAKE_LOCKS_UNTIL, TYPE, TRY, REQUEST, ACQUIRE
#define TC_BODY_LOCKS_CLOCK(TYPE, TRY, REQUEST, ACQUIRE)                                           \
    TC_MAKE_LOCKS_CLOCK, TYPE, TRY, REQUEST, ACQUIRE
#define TC_BODY_ALONE() TC_MAKE_ALONE

#define TC_MAKE(RESULT, name, parameters, arguments, ...)                                          \
    TC_MAKE_(RESULT, name, parameters, arguments, __VA_ARGS__, )
#define TC_MAKE_(RESULT, name, parameters, arguments, MAKER, ...)                                  \
    MAKER(RESULT, name, parameters, arguments, __VA_ARGS__)
#define TC_INTERCEPT(RESULT, name, version, parameters, arguments, BODY)                           \
    TC_MAKE(RESULT, name, parameters, arguments, TC_BODY_##BODY)
#define TC_INTERCEPT_OLD(RESULT, name, version, parameters, arguments, BODY)                       \
    TC_MAKE(RESULT, name##_old, parameters, arguments, TC_BODY_##BODY)

#if TC_LIBC_OLD_CONDITIONS
/* No header declares what only old programs bind to. */
int pthread_cond_destroy_old(pthread_cond_t *cond);
int pthread_cond_signal_old(pthread_cond_t *cond);
int pthread_cond_broadcast_old(pthread_cond_t *cond);
#endif

#include "preload/interceptors.def"

#if TC_LIBC_OLD_CONDITIONS
__asm__(".symver pthread_cond_destroy_old, pthread_cond_destroy@GLIBC_2.2.5\n"
        ".symver pthread_cond_signal_old, pthread_cond_signal@GLIBC_2.2.5\n"
        ".symver pthread_cond_broadcast_old, pthread_cond_broadcast@GLIBC_2.2.5\n");
#endif
