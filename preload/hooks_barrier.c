/* hooks_barrier.c: barriers.
 *
 * Threads: each hook works for the calling thread.
 */
#include "preload/hook.h"

TC_EXPORT int pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attr,
                                   unsigned parties) {
    int result = TC_REAL(pthread_barrier_init)(barrier, attr, parties);
    if (result != 0)
        return result;
    struct tc_thread *self = tc_enter();
    if (self) {
        int shared = PTHREAD_PROCESS_PRIVATE;
        if (attr)
            pthread_barrierattr_getpshared(attr, &shared);
        tc_object_init(self, barrier, TC_OBJECT_BARRIER,
                       shared == PTHREAD_PROCESS_SHARED ? TC_ATTR_SHARED_PROCESS : 0, parties,
                       tc_stack(self, TC_SITE()));
        tc_leave(self);
    }
    return 0;
}

TC_EXPORT int pthread_barrier_wait(pthread_barrier_t *barrier) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return TC_REAL(pthread_barrier_wait)(barrier);
    uint32_t stack = tc_stack(self, TC_SITE());
    struct tc_blocking call = {
        .object = TC_REF(BARRIER, self, barrier, stack), .stack = stack, .request = TC_EV_ARRIVE};
    tc_leave(self);
    int result =
        (int)tc_blocking_call(&call, (void *)tc_real.pthread_barrier_wait, (long)barrier, 0, 0, 0);
    if ((self = tc_enter())) {
        tc_event(self, TC_EV_LEAVE, call.object, stack, 0, 0);
        tc_leave(self);
    }
    return result;
}
