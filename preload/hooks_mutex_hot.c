/* hooks_mutex_hot.c: pthread_mutex_lock, trylock and unlock, the functions that are called most.
 *
 * What: a short path for a free, ordinary mutex of a thread that is recording, and the long way for
 *       all else.  The short path tries the lock first, which tells whether the call would block
 *       and changes no result.
 * Threads: each hook works for the calling thread.  Tickets of a mutex are counted while it is
 *          held, so a plain addition does.
 */
#include "preload/hook.h"

#include "preload/hot.h"
#include "preload/stack_trie.h"

#include "preload/poison.h"

/* Whether the identity of the mutex is at hand: ordinary, seen before, in this epoch. */
static inline bool is_known(pthread_mutex_t *mutex) {
    return TC_LIKELY((unsigned)TC_MUTEX_KIND(mutex) <= TC_MUTEX_BASIC &&
                     tc_mutex_stash(mutex)->check == tc_stash_check(mutex));
}

static TC_COLD void record_acquire_slow(pthread_mutex_t *mutex, uint32_t stack, uint8_t code) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    tc_event(self, code, tc_mutex_ref(self, mutex, stack), stack, 0, 0);
    tc_leave(self);
}

/* What follows a lock that was got. */
static inline void record_acquire(struct tc_thread *self, pthread_mutex_t *mutex, uint32_t stack,
                                  uint8_t code, uintptr_t sp) {
    if (TC_UNLIKELY(!tc_hot_repeat(self, tc_mutex_stash(mutex)->id, tc_mutex_order(mutex), stack,
                                   code, TC_HOT_EXCLUSIVE, sp)))
        record_acquire_slow(mutex, stack, code);
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

static TC_COLD int lock_slow(pthread_mutex_t *mutex, struct tc_site site) {
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

static TC_COLD int lock_not_got(pthread_mutex_t *mutex, uint32_t stack, int result) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return result == EBUSY ? tc_real.pthread_mutex_lock(mutex) : result;
    struct tc_ref object = tc_mutex_ref(self, mutex, stack);
    tc_leave(self);
    if (result == EBUSY)
        return lock_busy(mutex, object, stack);
    return lock_outcome(object, stack, TC_EV_ACQUIRE, result);
}

TC_EXPORT int pthread_mutex_lock(pthread_mutex_t *mutex) {
    struct tc_thread *self = tc_local.active;
    struct tc_site site = TC_SITE();
    if (TC_UNLIKELY(!self || !self->index || !is_known(mutex)))
        return lock_slow(mutex, site);
    uint32_t stack = tc_trie_find(site.return_address, site.cfa);
    if (TC_UNLIKELY(!stack))
        return lock_slow(mutex, site);
    int result = tc_real.pthread_mutex_trylock(mutex);
    if (TC_UNLIKELY(result != 0))
        return lock_not_got(mutex, stack, result);
    record_acquire(self, mutex, stack, TC_EV_ACQUIRE, site.cfa);
    return 0;
}

static TC_COLD int trylock_slow(pthread_mutex_t *mutex, struct tc_site site) {
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
    struct tc_thread *self = tc_local.active;
    struct tc_site site = TC_SITE();
    if (TC_UNLIKELY(!self || !self->index || !is_known(mutex)))
        return trylock_slow(mutex, site);
    uint32_t stack = tc_trie_find(site.return_address, site.cfa);
    if (TC_UNLIKELY(!stack))
        return trylock_slow(mutex, site);
    int result = tc_real.pthread_mutex_trylock(mutex);
    if (TC_LIKELY(result == 0))
        record_acquire(self, mutex, stack, TC_EV_ACQUIRE_TRY, site.cfa);
    return result;
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

static TC_COLD int unlock_slow(pthread_mutex_t *mutex, struct tc_site site) {
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

TC_EXPORT int pthread_mutex_unlock(pthread_mutex_t *mutex) {
    struct tc_thread *self = tc_local.active;
    struct tc_site site = TC_SITE();
    if (TC_UNLIKELY(!self || !self->index || !is_known(mutex)))
        return unlock_slow(mutex, site);
    if (TC_UNLIKELY(!tc_hot_release(self, tc_mutex_stash(mutex)->id, tc_mutex_order(mutex),
                                    TC_HOT_EXCLUSIVE, site.cfa)))
        return unlock_slow(mutex, site);
    return tc_real.pthread_mutex_unlock(mutex);
}
