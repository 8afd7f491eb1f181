/* hooks_c11.c: C11 threads, which libc does not lead through pthread_*.
 *
 * What: mtx_*, cnd_* and thrd_*; what is plain is in interceptors.def, call_once in hooks_once.c.
 *       glibc's mtx_t and cnd_t are its pthread_mutex_t and pthread_cond_t.
 * Threads: each hook works for the calling thread.
 */
#include "preload/hook_cond.h"
#include "preload/hook_thread.h"
#include "preload/identity.h"
#include "preload/race/race.h"
#include "preload/race/rewrite.h"

/* The error number that stands for a result of C11's. */
static int error_of(int result) {
    switch (result) {
    case thrd_success:
        return 0;
    case thrd_busy:
        return EBUSY;
    case thrd_nomem:
        return ENOMEM;
    case thrd_timedout:
        return ETIMEDOUT;
    default:
        return EINVAL;
    }
}

static uint32_t kind_attr(const mtx_t *mutex) {
    return tc_mutex_kind_attr(TC_MUTEX_KIND((const pthread_mutex_t *)mutex));
}

TC_EXPORT int mtx_init(mtx_t *mutex, int type) {
    int result = TC_REAL(mtx_init)(mutex, type);
    struct tc_thread *self = result == thrd_success ? tc_enter() : NULL;
    if (self) {
        tc_object_init(self, mutex, TC_OBJECT_MUTEX, kind_attr(mutex), 0,
                       tc_stack(self, TC_SITE()));
        tc_leave(self);
    }
    return result;
}

/* libc destroys even a locked one without a word. */
TC_EXPORT void mtx_destroy(mtx_t *mutex) {
    struct tc_thread *self = tc_enter();
    if (self) {
        tc_destroying(self, mutex, TC_OBJECT_MUTEX, tc_stack(self, TC_SITE()));
        tc_leave(self);
    }
    TC_REAL(mtx_destroy)(mutex);
}

static int lock(mtx_t *mutex, struct tc_blocking *call, enum tc_event_code acquire, void *function,
                long until) {
    struct tc_thread *self;
    int result = tc_real.mtx_trylock(mutex);
    if (result != thrd_success) {
        if ((self = tc_enter())) {
            if (tc_held_count(self, call->object.id))
                tc_materialise(self);
            tc_leave(self);
        }
        result = (int)tc_blocking_call(call, function, (long)mutex, until, 0, 0);
    }
    if ((self = tc_enter())) {
        if (result == thrd_success)
            tc_event(self, acquire, call->object, call->stack, 0, 0);
        else
            tc_event(self, TC_EV_REQUEST_FAILED, call->object, call->stack, 0,
                     (uint32_t)error_of(result));
        tc_leave(self);
    }
    return result;
}

TC_EXPORT int mtx_lock(mtx_t *mutex) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return TC_REAL(mtx_lock)(mutex);
    uint32_t stack = tc_stack(self, TC_SITE());
    struct tc_blocking call = {
        .object = TC_REF(MUTEX, self, mutex, stack), .stack = stack, .request = TC_EV_REQUEST};
    tc_leave(self);
    return lock(mutex, &call, TC_EV_ACQUIRE, (void *)tc_real.mtx_lock, 0);
}

TC_EXPORT int mtx_timedlock(mtx_t *mutex, const struct timespec *until) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return TC_REAL(mtx_timedlock)(mutex, until);
    uint32_t stack = tc_stack(self, TC_SITE());
    struct tc_blocking call = {.object = TC_REF(MUTEX, self, mutex, stack),
                               .stack = stack,
                               .request = TC_EV_REQUEST_TIMED};
    tc_leave(self);
    return lock(mutex, &call, TC_EV_ACQUIRE_TIMED, (void *)tc_real.mtx_timedlock, (long)until);
}

/* A recursive one refuses its release by another thread; a plain one does whatever it is told. */
TC_EXPORT int mtx_unlock(mtx_t *mutex) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return TC_REAL(mtx_unlock)(mutex);
    uint32_t stack = tc_stack(self, TC_SITE());
    struct tc_ref object = TC_REF(MUTEX, self, mutex, stack);
    bool refused = !tc_held_count(self, object.id);
    if (refused)
        tc_materialise(self);
    refused = refused && kind_attr(mutex) & TC_ATTR_RECURSIVE;
    if (!refused)
        tc_event(self, TC_EV_RELEASE, object, stack, 0, 0);
    tc_leave(self);
    int result = tc_real.mtx_unlock(mutex);
    if (refused && (self = tc_enter())) {
        if (result == thrd_success)
            tc_event(self, TC_EV_RELEASE, object, stack, 0, 0);
        else
            tc_event(self, TC_EV_RELEASE_FAILED, object, stack,
                     ((const pthread_mutex_t *)mutex)->__data.__lock ? 2 : 1, EPERM);
        tc_leave(self);
    }
    return result;
}

TC_EXPORT int cnd_init(cnd_t *cond) {
    int result = TC_REAL(cnd_init)(cond);
    struct tc_thread *self = result == thrd_success ? tc_enter() : NULL;
    if (self) {
        tc_object_init(self, cond, TC_OBJECT_COND, 0, 0, tc_stack(self, TC_SITE()));
        tc_leave(self);
    }
    return result;
}

TC_EXPORT void cnd_destroy(cnd_t *cond) {
    struct tc_thread *self = tc_enter();
    if (self) {
        tc_destroying(self, cond, TC_OBJECT_COND, tc_stack(self, TC_SITE()));
        tc_leave(self);
    }
    TC_REAL(cnd_destroy)(cond);
}

#define WAIT(name, code, valid, until)                                                             \
    do {                                                                                           \
        struct tc_thread *self = (valid) ? tc_enter() : NULL;                                      \
        if (!self)                                                                                 \
            break;                                                                                 \
        struct tc_cond_wait wait;                                                                  \
        tc_cond_prepare(&wait, self, cond, (pthread_mutex_t *)mutex, tc_stack(self, TC_SITE()),    \
                        code);                                                                     \
        int result = (int)tc_cond_call(&wait, self, (void *)tc_real.name, (long)cond, (long)mutex, \
                                       (long)(until), 0);                                          \
        tc_cond_finish(&wait, (uint32_t)error_of(result));                                         \
        return result;                                                                             \
    } while (0)

TC_EXPORT int cnd_wait(cnd_t *cond, mtx_t *mutex) {
    WAIT(cnd_wait, TC_EV_WAIT, true, 0);
    return TC_REAL(cnd_wait)(cond, mutex);
}

TC_EXPORT int cnd_timedwait(cnd_t *cond, mtx_t *mutex, const struct timespec *until) {
    WAIT(cnd_timedwait, TC_EV_WAIT_TIMED, tc_valid_time(until), until);
    return TC_REAL(cnd_timedwait)(cond, mutex, until);
}

static int thread_main(void *arg) {
    struct tc_start start = tc_start_enter(arg);
    return start.routine.c11(start.arg);
}

TC_EXPORT int thrd_create(thrd_t *handle, thrd_start_t routine, void *arg) {
    struct tc_thread *self = tc_enter_creating();
    if (!self)
        return TC_REAL(thrd_create)(handle, routine, arg);
    if (tc_race_on())
        tc_race_rewrite_now(self, TC_SITE());
    struct tc_start *start =
        tc_start_begin(self, (uintptr_t)routine, arg, NULL, tc_stack(self, TC_SITE()));
    struct tc_new_thread thread = start ? start->thread : (struct tc_new_thread){0};
    tc_leave(self);
    if (!start)
        return tc_real.thrd_create(handle, routine, arg);
    int result = tc_real.thrd_create(handle, thread_main, start);
    tc_start_end(thread, start, handle, error_of(result));
    return result;
}

TC_EXPORT int thrd_join(thrd_t handle, int *result) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return TC_REAL(thrd_join)(handle, result);
    struct tc_join join = tc_join_begin(self, handle, tc_stack(self, TC_SITE()));
    tc_leave(self);
    int outcome = tc_join_call(&join, TC_EV_THREAD_JOIN_REQUEST, (void *)tc_real.thrd_join,
                               (long)handle, (long)result, 0, 0);
    tc_join_end(&join, error_of(outcome));
    return outcome;
}

TC_EXPORT int thrd_detach(thrd_t handle) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return TC_REAL(thrd_detach)(handle);
    struct tc_join join = tc_join_begin(self, handle, tc_stack(self, TC_SITE()));
    tc_leave(self);
    int result = tc_real.thrd_detach(handle);
    tc_detach_end(&join, error_of(result));
    return result;
}

TC_EXPORT void thrd_exit(int result) {
    struct tc_thread *self = tc_enter();
    if (self) {
        tc_watch_exit();
        tc_leave(self);
    }
    TC_REAL(thrd_exit)(result);
    __builtin_unreachable();
}
