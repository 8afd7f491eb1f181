/* hooks_rwlock.c: the functions of read-write locks and spinlocks that are not plain.
 *
 * What: both inits, and the unlock that serves readers and writers.
 * Threads: each hook works for the calling thread.
 */
#include "preload/compact_hot.h"
#include "preload/hook.h"
#include "preload/hot.h"
#include "preload/libc_short.h"

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
static inline bool is_released_for_writing(pthread_rwlock_t *lock) {
    return __atomic_load_n(&lock->__data.__cur_writer, __ATOMIC_RELAXED) != 0 ||
           __atomic_load_n(&lock->__data.__readers, __ATOMIC_RELAXED) >> 3 == 0;
}

static __attribute__((noinline)) int unlock_slow(pthread_rwlock_t *lock, uintptr_t return_address,
                                                 uintptr_t cfa, uintptr_t frame_pointer) {
    struct tc_site site = {return_address, cfa, frame_pointer, 0};
    struct tc_thread *self = tc_enter();
    if (self) {
        struct tc_ref object = tc_rwlock_ref(self, lock, 0);
        uint32_t stack = 0;
        if (!tc_held_count(self, object.id)) {
            stack = tc_stack(self, site);
            tc_materialise(self);
        }
        tc_event(self, is_released_for_writing(lock) ? TC_EV_RELEASE : TC_EV_RELEASE_SHARED, object,
                 stack, 0, 0);
        tc_leave(self);
    }
    return TC_REAL(pthread_rwlock_unlock)(lock);
}

/* TC_SITE() in registers, as in hooks_mutex_hot.c. */
#define HERE                                                                                       \
    (uintptr_t) __builtin_return_address(0), TC_CALLER_BASE(),                                     \
        *(uintptr_t *)__builtin_frame_address(0)

static __attribute__((noinline)) int unlock_put(pthread_rwlock_t *lock, enum tc_hot_hold hold,
                                                uintptr_t return_address, uintptr_t cfa,
                                                uintptr_t frame_pointer) {
    struct tc_place place = tc_rwlock_where(lock);
    if (TC_UNLIKELY(!tc_compact_put_release(tc_local.active, place.stash->id, place.order, hold)))
        return unlock_slow(lock, return_address, cfa, frame_pointer);
    return hold == TC_HOT_SHARED && TC_LIKELY(tc_libc_end_read(lock))
               ? 0
               : tc_real.pthread_rwlock_unlock(lock);
}

TC_EXPORT int pthread_rwlock_unlock(pthread_rwlock_t *lock) {
    struct tc_thread *self = tc_active();
    struct tc_hot hot = {0};
    if (TC_LIKELY(self != NULL))
        hot = tc_hot_object(self, lock, TC_OBJECT_RWLOCK);
    if (TC_LIKELY(hot.id != 0)) {
        uintptr_t sp = TC_CALLER_BASE();
        if (is_released_for_writing(lock)) {
            if (TC_UNLIKELY(!tc_hot_release_newest(self, hot.id, hot.order, TC_HOT_EXCLUSIVE, sp)))
                return unlock_put(lock, TC_HOT_EXCLUSIVE, HERE);
            return tc_real.pthread_rwlock_unlock(lock);
        }
        if (TC_UNLIKELY(!tc_hot_release_newest(self, hot.id, hot.order, TC_HOT_SHARED, sp)))
            return unlock_put(lock, TC_HOT_SHARED, HERE);
        return TC_LIKELY(tc_libc_end_read(lock)) ? 0 : tc_real.pthread_rwlock_unlock(lock);
    }
    return unlock_slow(lock, HERE);
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
