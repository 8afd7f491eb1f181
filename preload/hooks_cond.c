/* hooks_cond.c: conditions.
 *
 * What: init and the waits, in both versions of pthread_cond_t (signal, broadcast and destroy are
 *       rows of interceptors.def), and the wait that C11's cnd_* shares.
 * Threads: each hook works for the calling thread.
 *
 * The order of a wait: WAIT and RELEASE_WAIT before the call, while the mutex is held; WOKEN and
 * ACQUIRE_WAIT after it, when it is held again.  A cancelled wait takes the mutex again before the
 * program's cleanup handlers run, and so does its record.
 */
#include "preload/hook_cond.h"
#include "preload/interpreter.h"

static void woken(struct tc_cond_wait *wait, struct tc_thread *self, bool locked, uint32_t result) {
    tc_event(self, TC_EV_WOKEN, wait->call.object, wait->call.stack, 0, result);
    if (locked)
        tc_event(self, result == EOWNERDEAD ? TC_EV_ACQUIRE_ORPHAN : TC_EV_ACQUIRE_WAIT,
                 wait->mutex, wait->call.stack, 0, 0);
}

static void unwound(struct tc_frame *frame) {
    struct tc_cond_wait *wait = (struct tc_cond_wait *)frame;
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    tc_wait_end(self);
    woken(wait, self, true, ECANCELED);
    tc_leave(self);
}

void tc_cond_prepare(struct tc_cond_wait *wait, struct tc_thread *self, const void *cond,
                     pthread_mutex_t *mutex, uint32_t stack, enum tc_event_code code) {
    wait->call.frame.unwound = unwound;
    wait->call.object = tc_object_ref(self, cond, TC_OBJECT_COND, stack);
    wait->call.stack = stack;
    wait->call.request = code;
    wait->mutex = tc_mutex_ref(self, mutex, stack);
    wait->held = tc_held_count(self, wait->mutex.id) > 0;
    if (!wait->held)
        tc_materialise(self);
}

long tc_cond_call(struct tc_cond_wait *wait, struct tc_thread *self, void *function, long a, long b,
                  long c, long d) {
    struct tc_blocking *call = &wait->call;
    tc_event_time(self);
    tc_event(self, call->request, call->object, call->stack, wait->mutex.id, 0);
    if (wait->held)
        tc_event(self, TC_EV_RELEASE_WAIT, wait->mutex, call->stack, 0, 0);
    tc_wait_begin(self, call->request, call->object, call->stack);
    tc_leave(self);
    return tc_guarded_call(&call->frame, function, a, b, c, d);
}

/* Whether the mutex is held after a wait that gave `result`.  A wait that was refused did not touch
 * it; one on a robust mutex that is past recovery lost it. */
static bool locked_after(const struct tc_cond_wait *wait, uint32_t result) {
    if (result == 0 || result == ETIMEDOUT || result == EOWNERDEAD)
        return true;
    return wait->held && result != ENOTRECOVERABLE;
}

void tc_cond_finish(struct tc_cond_wait *wait, uint32_t result) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    tc_wait_end(self);
    woken(wait, self, locked_after(wait, result), result);
    tc_leave(self);
}

/* The body of all of pthread's waits: `function` is the real one, `c` and `d` its last arguments.
 */
#define WAIT(function, code, valid, c, d)                                                          \
    do {                                                                                           \
        if (tc_interpreter_part(mutex)) {                                                          \
            tc_interpreter.part_waits(mutex, TC_SITE());                                           \
            break;                                                                                 \
        }                                                                                          \
        struct tc_thread *self = (valid) ? tc_enter() : NULL;                                      \
        if (!self)                                                                                 \
            break;                                                                                 \
        struct tc_cond_wait wait;                                                                  \
        tc_cond_prepare(&wait, self, cond, mutex, tc_stack(self, TC_SITE()), code);                \
        int result = (int)tc_cond_call(&wait, self, (void *)tc_real.function, (long)cond,          \
                                       (long)mutex, (long)(c), (long)(d));                         \
        tc_cond_finish(&wait, (uint32_t)result);                                                   \
        return result;                                                                             \
    } while (0)

TC_EXPORT int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex) {
    WAIT(pthread_cond_wait, TC_EV_WAIT, true, 0, 0);
    return TC_REAL(pthread_cond_wait)(cond, mutex);
}

TC_EXPORT int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                                     const struct timespec *until) {
    WAIT(pthread_cond_timedwait, TC_EV_WAIT_TIMED, tc_valid_time(until), until, 0);
    return TC_REAL(pthread_cond_timedwait)(cond, mutex, until);
}

TC_EXPORT int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,
                                     const struct timespec *until) {
    WAIT(pthread_cond_clockwait, TC_EV_WAIT_TIMED, tc_valid_time(until) && tc_valid_clock(clock),
         clock, until);
    return TC_REAL(pthread_cond_clockwait)(cond, mutex, clock, until);
}

#define INIT(name)                                                                                 \
    TC_EXPORT int name(pthread_cond_t *cond, const pthread_condattr_t *attr) {                     \
        int result = TC_REAL(name)(cond, attr);                                                    \
        if (result != 0)                                                                           \
            return result;                                                                         \
        struct tc_thread *self = tc_enter();                                                       \
        if (self) {                                                                                \
            int shared = PTHREAD_PROCESS_PRIVATE;                                                  \
            if (attr)                                                                              \
                pthread_condattr_getpshared(attr, &shared);                                        \
            tc_object_init(self, cond, TC_OBJECT_COND,                                             \
                           shared == PTHREAD_PROCESS_SHARED ? TC_ATTR_SHARED_PROCESS : 0, 0,       \
                           tc_stack(self, TC_SITE()));                                             \
            tc_leave(self);                                                                        \
            if (tc_interpreter.cond_made)                                                          \
                tc_interpreter.cond_made(cond, (uintptr_t)__builtin_return_address(0));            \
        }                                                                                          \
        return 0;                                                                                  \
    }
INIT(pthread_cond_init)

#if TC_LIBC_OLD_CONDITIONS

int pthread_cond_init_old(pthread_cond_t *cond, const pthread_condattr_t *attr);
int pthread_cond_wait_old(pthread_cond_t *cond, pthread_mutex_t *mutex);
int pthread_cond_timedwait_old(pthread_cond_t *cond, pthread_mutex_t *mutex,
                               const struct timespec *until);
__asm__(".symver pthread_cond_init_old, pthread_cond_init@GLIBC_2.2.5\n"
        ".symver pthread_cond_wait_old, pthread_cond_wait@GLIBC_2.2.5\n"
        ".symver pthread_cond_timedwait_old, pthread_cond_timedwait@GLIBC_2.2.5\n");

TC_EXPORT int pthread_cond_wait_old(pthread_cond_t *cond, pthread_mutex_t *mutex) {
    WAIT(pthread_cond_wait_old, TC_EV_WAIT, true, 0, 0);
    return TC_REAL(pthread_cond_wait_old)(cond, mutex);
}

TC_EXPORT int pthread_cond_timedwait_old(pthread_cond_t *cond, pthread_mutex_t *mutex,
                                         const struct timespec *until) {
    WAIT(pthread_cond_timedwait_old, TC_EV_WAIT_TIMED, tc_valid_time(until), until, 0);
    return TC_REAL(pthread_cond_timedwait_old)(cond, mutex, until);
}

INIT(pthread_cond_init_old)

#endif
