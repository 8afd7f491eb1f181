/* hooks_thread.c: POSIX threads: create, join in all forms, detach, exit, name.
 *
 * Threads: each hook works for the calling thread.
 */
#include "preload/hook_thread.h"
#include "preload/race/race.h"
#include "preload/race/rewrite.h"
#include "preload/spawn.h"

/* Ends in a jump, so that the routine's frame lies where it would without the shim. */
static void *thread_main(void *arg) {
    struct tc_start start = tc_start_enter(arg);
    return start.routine.posix(start.arg);
}

TC_EXPORT int pthread_create(pthread_t *handle, const pthread_attr_t *attr,
                             void *(*routine)(void *), void *arg) {
    struct tc_thread *self = tc_enter_creating();
    if (!self)
        return TC_REAL(pthread_create)(handle, attr, routine, arg);
    if (tc_race_on())
        tc_race_rewrite_now(self, TC_SITE());
    struct tc_start *start =
        tc_start_begin(self, (uintptr_t)routine, arg, attr, tc_stack(self, TC_SITE()));
    struct tc_new_thread thread = start ? start->thread : (struct tc_new_thread){0};
    tc_leave(self);
    if (!start)
        return tc_real.pthread_create(handle, attr, routine, arg);
    int error = tc_real.pthread_create(handle, attr, thread_main, start);
    tc_start_end(thread, start, handle, error);
    return error;
}

/* The joins differ in their arguments only; `result` is the call's second. */
#define JOIN(request, name, ...)                                                                   \
    do {                                                                                           \
        struct tc_thread *self = tc_enter();                                                       \
        if (!self)                                                                                 \
            break;                                                                                 \
        struct tc_join join = tc_join_begin(self, handle, tc_stack(self, TC_SITE()));              \
        tc_leave(self);                                                                            \
        int error = tc_join_call(&join, request, (void *)tc_real.name, (long)handle, (long)result, \
                                 __VA_ARGS__);                                                     \
        tc_join_end(&join, error);                                                                 \
        return error;                                                                              \
    } while (0)

TC_EXPORT int pthread_join(pthread_t handle, void **result) {
    JOIN(TC_EV_THREAD_JOIN_REQUEST, pthread_join, 0, 0);
    return TC_REAL(pthread_join)(handle, result);
}

TC_EXPORT int pthread_timedjoin_np(pthread_t handle, void **result, const struct timespec *until) {
    JOIN(until ? TC_EV_THREAD_JOIN_TIMED_REQUEST : TC_EV_THREAD_JOIN_REQUEST, pthread_timedjoin_np,
         (long)until, 0);
    return TC_REAL(pthread_timedjoin_np)(handle, result, until);
}

TC_EXPORT int pthread_clockjoin_np(pthread_t handle, void **result, clockid_t clock,
                                   const struct timespec *until) {
    JOIN(until ? TC_EV_THREAD_JOIN_TIMED_REQUEST : TC_EV_THREAD_JOIN_REQUEST, pthread_clockjoin_np,
         clock, (long)until);
    return TC_REAL(pthread_clockjoin_np)(handle, result, clock, until);
}

TC_EXPORT int pthread_tryjoin_np(pthread_t handle, void **result) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return TC_REAL(pthread_tryjoin_np)(handle, result);
    struct tc_join join = tc_join_begin(self, handle, tc_stack(self, TC_SITE()));
    tc_leave(self);
    int error = tc_real.pthread_tryjoin_np(handle, result);
    if (error != EBUSY)
        tc_join_end(&join, error);
    else
        tc_spawn_join_ends(NULL, join.object.id, TC_JOIN_FAILED);
    return error;
}

TC_EXPORT int pthread_detach(pthread_t handle) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return TC_REAL(pthread_detach)(handle);
    struct tc_join join = tc_join_begin(self, handle, tc_stack(self, TC_SITE()));
    tc_leave(self);
    int error = tc_real.pthread_detach(handle);
    tc_detach_end(&join, error);
    return error;
}

TC_EXPORT void pthread_exit(void *result) {
    struct tc_thread *self = tc_enter();
    if (self) {
        tc_watch_exit();
        tc_leave(self);
    }
    TC_REAL(pthread_exit)(result);
    __builtin_unreachable();
}

/* A semaphore that is free need not be asked whether the thread is cancelled until somebody was. */
TC_EXPORT int pthread_cancel(pthread_t handle) {
    __atomic_store_n(&tc_process.cancels, 1, __ATOMIC_RELEASE);
    return TC_REAL(pthread_cancel)(handle);
}

TC_EXPORT int pthread_setname_np(pthread_t handle, const char *name) {
    int error = TC_REAL(pthread_setname_np)(handle, name);
    struct tc_thread *self = error == 0 ? tc_enter() : NULL;
    if (self) {
        uint32_t index = tc_index_of_handle(self, handle);
        if (index)
            tc_thread_set_name(self, index, name);
        tc_leave(self);
    }
    return error;
}
