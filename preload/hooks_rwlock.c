/* hooks_rwlock.c: the functions of read-write locks and spinlocks that are not plain.
 *
 * What: both inits, and the unlock that serves readers and writers.
 * Threads: each hook works for the calling thread.
 */
#include "preload/hook.h"

#include "preload/enter.h"

TC_EXPORT int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attr) {
    int result = TC_REAL(pthread_rwlock_init)(lock, attr);
    if (result != 0)
        return result;
    struct tc_thread *self = tc_enter();
    if (self) {
        uint32_t stack = tc_stack(self, TC_SITE());
        tc_object_init(self, lock, TC_OBJECT_RWLOCK, tc_rwlock_attr(lock), 0, stack);
        tc_leave(self);
    }
    return 0;
}

/* Which kind of hold ends is what the lock itself says: whoever unlocks a write-locked one, rightly
 * or not, ends the writer's hold.  Where a right release is done is not worth a stack. */
TC_EXPORT int pthread_rwlock_unlock(pthread_rwlock_t *lock) {
    struct tc_thread *self = tc_enter();
    if (self) {
        struct tc_ref object = tc_rwlock_ref(self, lock, 0);
        bool written = __atomic_load_n(&lock->__data.__cur_writer, __ATOMIC_RELAXED) != 0;
        bool read = __atomic_load_n(&lock->__data.__readers, __ATOMIC_RELAXED) >> 3 != 0;
        uint32_t stack = 0;
        if (!tc_held_count(self, object.id)) {
            stack = tc_stack(self, TC_SITE());
            tc_materialise(self);
        }
        tc_event(self, written || !read ? TC_EV_RELEASE : TC_EV_RELEASE_SHARED, object, stack, 0,
                 0);
        tc_leave(self);
    }
    return TC_REAL(pthread_rwlock_unlock)(lock);
}

TC_EXPORT int pthread_spin_init(pthread_spinlock_t *lock, int shared) {
    int result = TC_REAL(pthread_spin_init)(lock, shared);
    if (result != 0)
        return result;
    struct tc_thread *self = tc_enter();
    if (self) {
        uint32_t stack = tc_stack(self, TC_SITE());
        tc_object_init(self, (void *)lock, TC_OBJECT_SPIN,
                       shared == PTHREAD_PROCESS_SHARED ? TC_ATTR_SHARED_PROCESS : 0, 0, stack);
        tc_leave(self);
    }
    return 0;
}
