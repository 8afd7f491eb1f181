/* hooks_mutex_hot.c: pthread_mutex_lock, trylock and unlock, the functions that are called most.
 *
 * What: a short path for a free, ordinary mutex of a thread that is recording, and the long way for
 *       all else.  The short path tries the lock first, which tells whether the call would block
 *       and changes no result.
 * Threads: each hook works for the calling thread.  Tickets of a mutex are counted while it is
 *          held, so a plain addition does.
 */
#include "preload/hook.h"

#include "preload/compact_hot.h"
#include "preload/hot.h"
#include "preload/interpreter.h"
#include "preload/libc_short.h"
#include "preload/race/race.h"
#include "preload/stack_trie.h"

#include "preload/poison.h"

/* TC_SITE() in registers: a call that hands on everything can be a jump. */
#define HERE                                                                                       \
    (uintptr_t) __builtin_return_address(0), TC_CALLER_BASE(),                                     \
        *(uintptr_t *)__builtin_frame_address(0)

/* Whether the identity of the mutex is at hand: ordinary, seen before, in this epoch. */
static inline bool is_known(pthread_mutex_t *mutex) {
    return TC_LIKELY((unsigned)TC_MUTEX_KIND(mutex) <= TC_MUTEX_BASIC &&
                     tc_mutex_stash(mutex)->check == tc_stash_check(mutex));
}

/* A try says EBUSY: now the call may block, so the wait is recorded before it. */
static TC_COLD int lock_busy(pthread_mutex_t *mutex, struct tc_ref object, uint32_t stack) {
    return tc_blocking_lock(object, stack, TC_EV_REQUEST, TC_EV_ACQUIRE,
                            (void *)tc_real.pthread_mutex_lock, (long)mutex, 0, 0);
}

/* Records what a lock or a try gave. */
static int lock_outcome(struct tc_ref object, uint32_t stack, enum tc_event_code code, int result) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return result;
    if (result == 0)
        tc_event(self, code, object, stack, 0, 0);
    else if (result == EOWNERDEAD)
        tc_event(self, TC_EV_ACQUIRE_ORPHAN, object, stack, 0, 0);
    else if (result != EBUSY)
        tc_misuse(self, TC_EV_REQUEST_FAILED, object, stack, (uint32_t)result);
    tc_leave(self);
    return result;
}

static TC_COLD int lock_slow(pthread_mutex_t *mutex, uintptr_t return_address, uintptr_t cfa,
                             uintptr_t frame_pointer) {
    struct tc_site site = {return_address, cfa, frame_pointer, 0};
    if (tc_interpreter_part(mutex)) {
        tc_interpreter.part_used(mutex);
        return tc_real.pthread_mutex_lock(mutex);
    }
    struct tc_thread *self = tc_enter();
    if (!self)
        return tc_real.pthread_mutex_lock(mutex);
    uint32_t stack = tc_stack(self, site);
    struct tc_ref object = tc_mutex_ref(self, mutex, stack);
    tc_leave(self);
    if (!object.id)
        return tc_real.pthread_mutex_lock(mutex);
    int result =
        TC_MUTEX_KIND(mutex) & TC_MUTEX_NO_TRY ? EBUSY : tc_real.pthread_mutex_trylock(mutex);
    if (result == EBUSY)
        return lock_busy(mutex, object, stack);
    return lock_outcome(object, stack, TC_EV_ACQUIRE, result);
}

/* What the short way does not do itself after the try. */
static TC_COLD int lock_not_got(pthread_mutex_t *mutex, int result, uintptr_t return_address,
                                uintptr_t cfa, uintptr_t frame_pointer) {
    struct tc_site site = {return_address, cfa, frame_pointer, 0};
    struct tc_thread *self = tc_enter();
    if (!self)
        return result == EBUSY ? tc_real.pthread_mutex_lock(mutex) : result;
    uint32_t stack = tc_stack_here(self, site);
    struct tc_ref object = tc_mutex_ref(self, mutex, stack);
    tc_leave(self);
    if (result == EBUSY)
        return lock_busy(mutex, object, stack);
    return lock_outcome(object, stack, TC_EV_ACQUIRE, result);
}

/* What follows a lock that was got, of a mutex that is known; false: it is still to be recorded. */
static inline __attribute__((always_inline)) bool record_acquire(struct tc_thread *self,
                                                                 pthread_mutex_t *mutex,
                                                                 struct tc_hot_context context,
                                                                 uint32_t epoch, uintptr_t sp) {
    return tc_hot_still(epoch) &&
           TC_LIKELY(tc_hot_record(self, context, tc_mutex_order(mutex), TC_HOT_EXCLUSIVE, sp));
}

static inline struct tc_hot_context context_of(pthread_mutex_t *mutex, uint32_t stack,
                                               enum tc_event_code code) {
    return tc_hot_context(tc_mutex_stash(mutex)->id, stack, (uint8_t)code, TC_HOT_EXCLUSIVE);
}

/* A mutex or a call that this thread does not know, and a mutex of which libc takes care. */
static __attribute__((noinline)) int lock_found(struct tc_thread *self, pthread_mutex_t *mutex,
                                                uintptr_t return_address, uintptr_t cfa,
                                                uintptr_t frame_pointer) {
    struct tc_site site = {return_address, cfa, frame_pointer, 0};
    uint32_t epoch = tc_hot_epoch(), stack = 0;
    if (is_known(mutex))
        stack = tc_hot_find(self, site, epoch);
    if (TC_UNLIKELY(!stack))
        return lock_slow(mutex, return_address, cfa, frame_pointer);
    struct tc_hot_context context = context_of(mutex, stack, TC_EV_ACQUIRE);
    int result = tc_libc_lock(mutex, self->tid) ? 0 : tc_real.pthread_mutex_trylock(mutex);
    if (TC_UNLIKELY(result != 0 || !record_acquire(self, mutex, context, epoch, cfa)))
        return lock_not_got(mutex, result, return_address, cfa, frame_pointer);
    return 0;
}

/* What more than a byte is to be said of; the mutex is a plain one. */
static __attribute__((noinline)) int lock_put(struct tc_thread *self, pthread_mutex_t *mutex,
                                              uint64_t key, uintptr_t return_address, uintptr_t cfa,
                                              uintptr_t frame_pointer) {
    if (self->compact && self->compact->asked == TC_ASKED_MANY && !tc_race_on() &&
        TC_LIKELY(tc_compact_hold_plain(self, mutex, key))) {
        tc_hot_end();
        return 0;
    }
    if (TC_LIKELY(tc_compact_put(self, key, tc_mutex_order(mutex), TC_HOT_EXCLUSIVE)))
        return 0;
    return lock_not_got(mutex, 0, return_address, cfa, frame_pointer);
}

TC_EXPORT int pthread_mutex_lock(pthread_mutex_t *mutex) {
    struct tc_thread *self = tc_active();
    if (TC_UNLIKELY(!self))
        return lock_slow(mutex, HERE);
    uint32_t epoch = tc_hot_epoch(), stack = 0;
    if (TC_LIKELY(tc_libc_is_plain(mutex) && is_known(mutex)))
        stack = tc_hot_known(self, TC_SITE(), epoch);
    if (TC_UNLIKELY(!stack))
        return lock_found(self, mutex, HERE);
    struct tc_hot_context context = context_of(mutex, stack, TC_EV_ACQUIRE);
    if (TC_UNLIKELY(!tc_libc_lock_plain(mutex, self->tid)))
        return lock_not_got(mutex, EBUSY, HERE);
    if (TC_UNLIKELY(!tc_hot_still(epoch)))
        return lock_not_got(mutex, 0, HERE);
    if (TC_UNLIKELY(!tc_hot_append(self, context, tc_mutex_order(mutex), TC_HOT_EXCLUSIVE,
                                   TC_CALLER_BASE())))
        return lock_put(self, mutex, context.key, HERE);
    return 0;
}

/* A try that got the lock, and that the short way could not record; gives 0. */
static TC_COLD int try_got(pthread_mutex_t *mutex, uintptr_t return_address, uintptr_t cfa,
                           uintptr_t frame_pointer) {
    struct tc_site site = {return_address, cfa, frame_pointer, 0};
    struct tc_thread *self = tc_enter();
    if (!self)
        return 0;
    uint32_t stack = tc_stack_here(self, site);
    tc_event(self, TC_EV_ACQUIRE_TRY, tc_mutex_ref(self, mutex, stack), stack, 0, 0);
    tc_leave(self);
    return 0;
}

static TC_COLD int trylock_slow(pthread_mutex_t *mutex, uintptr_t return_address, uintptr_t cfa,
                                uintptr_t frame_pointer) {
    struct tc_site site = {return_address, cfa, frame_pointer, 0};
    struct tc_thread *self = tc_enter();
    if (!self)
        return tc_real.pthread_mutex_trylock(mutex);
    uint32_t stack = tc_stack(self, site);
    struct tc_ref object = tc_mutex_ref(self, mutex, stack);
    tc_leave(self);
    int result = tc_real.pthread_mutex_trylock(mutex);
    if (!object.id)
        return result;
    return lock_outcome(object, stack, TC_EV_ACQUIRE_TRY, result);
}

TC_EXPORT int pthread_mutex_trylock(pthread_mutex_t *mutex) {
    struct tc_thread *self = tc_active();
    if (TC_UNLIKELY(!self || !is_known(mutex)))
        return trylock_slow(mutex, HERE);
    uint32_t epoch = tc_hot_epoch(), stack = tc_hot_known(self, TC_SITE(), epoch);
    if (TC_UNLIKELY(!stack) && !(stack = tc_hot_find(self, TC_SITE(), epoch)) &&
        !(stack = tc_stack_inner(self, TC_SITE())))
        return trylock_slow(mutex, HERE);
    struct tc_hot_context context = context_of(mutex, stack, TC_EV_ACQUIRE_TRY);
    int result = tc_real.pthread_mutex_trylock(mutex);
    if (TC_UNLIKELY(result != 0) ||
        TC_LIKELY(record_acquire(self, mutex, context, epoch, TC_CALLER_BASE())))
        return result;
    return try_got(mutex, HERE);
}

/* An acquire that was not seen: by a call from a handler that came between, or before recording
 * began.  libc's own word for the owner tells it from misuse. */
static bool owned_unseen(struct tc_thread *self, pthread_mutex_t *mutex) {
    return mutex->__data.__lock && mutex->__data.__owner == self->tid;
}

/* Not in the held list: misuse, or an acquire that was not seen. */
static TC_COLD int unlock_not_held(struct tc_thread *self, pthread_mutex_t *mutex,
                                   struct tc_ref object, uint32_t stack) {
    bool unseen = owned_unseen(self, mutex);
    bool refuses = object.attr & (TC_ATTR_RECURSIVE | TC_ATTR_ERRORCHECK | TC_ATTR_ROBUST);
    if (unseen)
        tc_event(self, TC_EV_STILL_HELD, object, 0, 0, 0);
    if (unseen || !refuses) {
        if (!unseen)
            tc_materialise(self);
        tc_event(self, TC_EV_RELEASE, object, stack, 0, 0);
    }
    tc_leave(self);
    int result = tc_real.pthread_mutex_unlock(mutex);
    if (result == 0 || !(self = tc_enter()))
        return result;
    /* The event has no ticket, so the mutex itself says whether somebody held it. */
    bool held = __atomic_load_n(&mutex->__data.__lock, __ATOMIC_RELAXED) != 0;
    tc_materialise(self);
    tc_event(self, TC_EV_RELEASE_FAILED, object, stack, held ? 2 : 1, (uint32_t)result);
    tc_leave(self);
    return result;
}

static TC_COLD int unlock_slow(pthread_mutex_t *mutex, uintptr_t return_address, uintptr_t cfa,
                               uintptr_t frame_pointer) {
    struct tc_site site = {return_address, cfa, frame_pointer, 0};
    if (tc_interpreter_part(mutex)) {
        tc_interpreter.part_unlocks(mutex, site);
        return tc_real.pthread_mutex_unlock(mutex);
    }
    struct tc_thread *self = tc_enter();
    if (!self)
        return tc_real.pthread_mutex_unlock(mutex);
    struct tc_ref object = tc_mutex_ref(self, mutex, 0);
    if (object.id && !tc_held_count(self, object.id))
        return unlock_not_held(self, mutex, object, tc_stack(self, site));
    tc_event(self, TC_EV_RELEASE, object, 0, 0, 0);
    tc_leave(self);
    return tc_real.pthread_mutex_unlock(mutex);
}

static __attribute__((noinline)) int unlock_put(struct tc_thread *self, pthread_mutex_t *mutex,
                                                uintptr_t return_address, uintptr_t cfa,
                                                uintptr_t frame_pointer) {
    if (TC_UNLIKELY(!tc_compact_put_release(self, tc_mutex_stash(mutex)->id, tc_mutex_order(mutex),
                                            TC_HOT_EXCLUSIVE)))
        return unlock_slow(mutex, return_address, cfa, frame_pointer);
    return tc_libc_is_locked_plain(mutex) ? tc_libc_unlock_plain(mutex)
                                          : tc_real.pthread_mutex_unlock(mutex);
}

TC_EXPORT int pthread_mutex_unlock(pthread_mutex_t *mutex) {
    struct tc_thread *self = tc_active();
    if (TC_UNLIKELY(!self || !is_known(mutex)))
        return unlock_slow(mutex, HERE);
    if (TC_UNLIKELY(!tc_hot_release_newest(self, tc_mutex_stash(mutex)->id, tc_mutex_order(mutex),
                                           TC_HOT_EXCLUSIVE, TC_CALLER_BASE())))
        return unlock_put(self, mutex, HERE);
    return tc_libc_is_locked_plain(mutex) ? tc_libc_unlock_plain(mutex)
                                          : tc_real.pthread_mutex_unlock(mutex);
}
