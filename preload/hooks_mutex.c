/* hooks_mutex.c: the mutex functions that are not hot; hooks_mutex_hot.c has the others.
 *
 * What: init, destroy, and locking with a time-out.
 * Threads: each hook works for the calling thread.
 */
#include "preload/hook.h"
#include "preload/identity.h"
#include "preload/interpreter.h"

/* A robust mutex looks as if it were shared between processes, whether it is or not. */
static uint32_t attr_of(pthread_mutex_t *mutex, const pthread_mutexattr_t *given) {
    int shared = PTHREAD_PROCESS_PRIVATE;
    if (given)
        pthread_mutexattr_getpshared(given, &shared);
    uint32_t attr = tc_mutex_kind_attr(TC_MUTEX_KIND(mutex)) & ~(uint32_t)TC_ATTR_SHARED_PROCESS;
    return attr | (shared == PTHREAD_PROCESS_SHARED ? TC_ATTR_SHARED_PROCESS : 0);
}

TC_EXPORT int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr) {
    int result = TC_REAL(pthread_mutex_init)(mutex, attr);
    if (result != 0)
        return result;
    struct tc_thread *self = tc_enter();
    if (self) {
        uint32_t stack = tc_stack(self, TC_SITE());
        tc_object_init(self, mutex, TC_OBJECT_MUTEX, attr_of(mutex, attr), 0, stack);
        tc_leave(self);
    }
    return 0;
}

/* libc refuses to destroy a locked mutex, so what happened is known after the call only.  Whether
 * it is one that was destroyed already must be asked before: memory that was used anew since, even
 * for the same struct filled with zeros, is another one. */
TC_EXPORT int pthread_mutex_destroy(pthread_mutex_t *mutex) {
    if (tc_interpreter_part(mutex))
        tc_interpreter.part_destroyed(mutex);
    struct tc_thread *self = tc_enter();
    if (!self)
        return TC_REAL(pthread_mutex_destroy)(mutex);
    uint32_t stack = tc_stack(self, TC_SITE());
    struct tc_ref object = tc_object_find(mutex, TC_OBJECT_MUTEX);
    struct tc_ref dead = {.id = object.id ? 0 : tc_object_dead(mutex, TC_OBJECT_MUTEX)};
    if (!object.id && !dead.id) /* a static one, never used: it may be used later */
        object = tc_mutex_ref(self, mutex, stack);
    tc_leave(self);
    int result = tc_real.pthread_mutex_destroy(mutex);
    if (!(self = tc_enter()))
        return result;
    if (result != 0 && (object.id || dead.id))
        tc_misuse(self, TC_EV_DESTROY_FAILED, object.id ? object : dead, stack, (uint32_t)result);
    else if (dead.id)
        tc_misuse(self, TC_EV_USE_DEAD, dead, stack, 0);
    else if (object.id)
        tc_destroying(self, mutex, TC_OBJECT_MUTEX, stack);
    tc_leave(self);
    return result;
}

/* Locks with a time-out.  A try tells at once whether the lock is free, unless `valid` says that
 * libc would refuse the call even then. */
static int lock_until(pthread_mutex_t *mutex, struct tc_ref object, uint32_t stack, bool valid,
                      void *function, long second, long third) {
    bool may_try = valid && !(TC_MUTEX_KIND(mutex) & TC_MUTEX_NO_TRY);
    int result = may_try ? tc_real.pthread_mutex_trylock(mutex) : EBUSY;
    if (result != 0 && result != EOWNERDEAD)
        return tc_blocking_lock(object, stack, TC_EV_REQUEST_TIMED, TC_EV_ACQUIRE_TIMED, function,
                                (long)mutex, second, third);
    struct tc_thread *self = tc_enter();
    if (self) {
        tc_event(self, result == 0 ? TC_EV_ACQUIRE_TIMED : TC_EV_ACQUIRE_ORPHAN, object, stack, 0,
                 0);
        tc_leave(self);
    }
    return result;
}

TC_EXPORT int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return TC_REAL(pthread_mutex_timedlock)(mutex, until);
    uint32_t stack = tc_stack(self, TC_SITE());
    struct tc_ref object = tc_mutex_ref(self, mutex, stack);
    tc_leave(self);
    return lock_until(mutex, object, stack, true, (void *)tc_real.pthread_mutex_timedlock,
                      (long)until, 0);
}

TC_EXPORT int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                      const struct timespec *until) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return TC_REAL(pthread_mutex_clocklock)(mutex, clock, until);
    uint32_t stack = tc_stack(self, TC_SITE());
    struct tc_ref object = tc_mutex_ref(self, mutex, stack);
    tc_leave(self);
    return lock_until(mutex, object, stack, tc_valid_clock(clock),
                      (void *)tc_real.pthread_mutex_clocklock, clock, (long)until);
}
