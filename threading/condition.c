/* condition.c: Condition, a queue of waiters beside a Lock or an RLock.
 *
 * As in CPython each waiter waits for something of its own, here a word on its stack, so that
 * notify(n) wakes exactly the n oldest and nothing wakes for no reason.
 * Threads: `guard` protects the queue; it is needed because a waiter that times out leaves the
 *   queue without the condition's lock, and because a Lock may be "held" by another thread.
 */
#include "watch.h"

#include <pthread.h>

enum { WAITS, NOTIFIED };

static threading_rlock *rlock_of(threading_condition *condition) {
    return condition->rlock ? condition->rlock : &condition->own;
}

static struct tc_library_object object_of(threading_condition *condition,
                                          const struct tc_library_site *site) {
    return threading_describe(condition, condition->name, 0, TC_OBJECT_PY_CONDITION,
                              &condition->told, site);
}

static struct tc_library_object lock_object_of(threading_condition *condition,
                                               const struct tc_library_site *site) {
    threading_lock *lock = condition->lock;
    if (lock)
        return threading_describe(lock, lock->name, 0, TC_OBJECT_PY_LOCK, &lock->told, site);
    threading_rlock *rlock = rlock_of(condition);
    return threading_describe(rlock, rlock->name, 0, TC_OBJECT_PY_RLOCK, &rlock->told, site);
}

static bool lock_is_held(threading_condition *condition) {
    if (condition->lock)
        return threading_lock_locked(condition->lock);
    return threading_rlock_owned(rlock_of(condition));
}

/* A wait in progress. */
struct wait {
    threading_condition *condition;
    const struct tc_library_site *site;
    uint32_t levels; /* of the lock, given up meanwhile */
    struct threading_waiter waiter;
};

static void begin(struct wait *wait, uint64_t deadline) {
    threading_condition *condition = wait->condition;
    if (THREADING_WATCHED()) {
        struct tc_library_object object = object_of(condition, wait->site),
                                 lock = lock_object_of(condition, wait->site);
        threading_watch->wait(&object, &lock, wait->site,
                              deadline == THREADING_NEVER ? TC_EV_WAIT : TC_EV_WAIT_TIMED);
        wait->levels = condition->lock ? 1 : rlock_of(condition)->count;
        THREADING_TELL(&lock, wait->site, TC_EV_RELEASE_WAIT, wait->levels, 0);
    }
    threading_word_lock(&condition->guard);
    threading_queue_append(&condition->first, &condition->last, &wait->waiter);
    __atomic_add_fetch(&condition->inside, 1, __ATOMIC_RELAXED);
    threading_word_unlock(&condition->guard);
    if (condition->lock)
        threading_word_unlock(&condition->lock->state);
    else
        wait->levels = threading_rlock_release_all(rlock_of(condition));
}

static void take_lock_again(struct wait *wait) {
    threading_condition *condition = wait->condition;
    if (condition->lock)
        threading_word_lock(&condition->lock->state);
    else
        threading_rlock_acquire_all(rlock_of(condition), wait->levels);
}

/* Ends the wait, with the lock held again. */
static void end(struct wait *wait, int result) {
    threading_condition *condition = wait->condition;
    if (THREADING_WATCHED()) {
        struct tc_library_object object = object_of(condition, wait->site),
                                 lock = lock_object_of(condition, wait->site);
        THREADING_TELL(&object, wait->site, TC_EV_WOKEN, 0, result);
        if (lock_is_held(condition))
            THREADING_TELL(&lock, wait->site, TC_EV_REQUEST, 0, 0);
        take_lock_again(wait);
        THREADING_TELL(&lock, wait->site, TC_EV_ACQUIRE_WAIT, wait->levels, 0);
    } else {
        take_lock_again(wait);
    }
    __atomic_sub_fetch(&condition->inside, 1, __ATOMIC_RELEASE);
}

/* Wakes the n oldest. */
static void wake(threading_condition *condition, size_t n) {
    threading_word_lock(&condition->guard);
    for (struct threading_waiter *waiter; n && (waiter = condition->first); n--) {
        threading_queue_remove(&condition->first, &condition->last, waiter);
        threading_waiter_wake(waiter, NOTIFIED);
    }
    threading_word_unlock(&condition->guard);
}

/* Out of the queue.  False: was notified before. */
static bool leave_queue(struct wait *wait) {
    threading_condition *condition = wait->condition;
    threading_word_lock(&condition->guard);
    bool queued = wait->waiter.queued;
    if (queued)
        threading_queue_remove(&condition->first, &condition->last, &wait->waiter);
    threading_word_unlock(&condition->guard);
    return queued;
}

/* A cancelled thread does not use up a notification, and has the lock in its cleanup handlers. */
static void cancelled(void *argument) {
    struct wait *wait = argument;
    if (!leave_queue(wait))
        wake(wait->condition, 1);
    end(wait, ECANCELED);
}

static int wait_until(threading_condition *condition, uint64_t deadline,
                      const struct tc_library_site *site) {
    if (!lock_is_held(condition)) {
        if (THREADING_WATCHED()) {
            struct tc_library_object object = object_of(condition, site),
                                     lock = lock_object_of(condition, site);
            threading_watch->wait(&object, &lock, site, TC_EV_WAIT_TIMED);
            THREADING_TELL(&object, site, TC_EV_WOKEN, 0, EPERM);
        }
        return EPERM;
    }
    struct wait wait = {condition, site, 1, {NULL, NULL, 0, WAITS, false}};
    int result = 0;
    begin(&wait, deadline);
    pthread_cleanup_push(cancelled, &wait);
    while (!result && __atomic_load_n(&wait.waiter.word, __ATOMIC_ACQUIRE) == WAITS)
        result = threading_futex_wait_cancellable(&wait.waiter.word, WAITS, deadline);
    pthread_cleanup_pop(0);
    if (result && !leave_queue(&wait))
        result = 0;
    end(&wait, result);
    return result;
}

int threading_condition_wait(threading_condition *condition, double timeout) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    if (!threading_timeout_valid(timeout))
        return EINVAL;
    return wait_until(condition, threading_deadline(timeout), &site);
}

int threading_condition_wait_for(threading_condition *condition, bool (*predicate)(void *),
                                 void *arg, double timeout) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    if (!predicate || !threading_timeout_valid(timeout))
        return EINVAL;
    uint64_t deadline = threading_deadline(timeout);
    int result = 0;
    while (!predicate(arg)) {
        if (result)
            return result;
        result = wait_until(condition, deadline, &site);
        if (result == EPERM)
            return result;
    }
    return 0;
}

static int notify(threading_condition *condition, size_t n, enum tc_event_code code,
                  const struct tc_library_site *site) {
    if (!lock_is_held(condition))
        return EPERM;
    if (THREADING_WATCHED() && n) {
        struct tc_library_object object = object_of(condition, site);
        THREADING_TELL(&object, site, code, code == TC_EV_SIGNAL ? n : 0, 0);
    }
    wake(condition, n);
    return 0;
}

int threading_condition_notify(threading_condition *condition, size_t n) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    return notify(condition, n, TC_EV_SIGNAL, &site);
}

int threading_condition_notify_all(threading_condition *condition) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    return notify(condition, SIZE_MAX, TC_EV_BROADCAST, &site);
}

static int initialise(threading_condition *condition, threading_lock *lock, threading_rlock *rlock,
                      const struct tc_library_site *site) {
    *condition = (threading_condition)THREADING_CONDITION_INIT;
    condition->lock = lock;
    condition->rlock = rlock;
    if (THREADING_WATCHED()) {
        struct tc_library_object object = {condition, NULL, 0, TC_OBJECT_PY_CONDITION},
                                 own = {&condition->own, NULL, 0, TC_OBJECT_PY_RLOCK};
        threading_tell_init(&object, &condition->told, site);
        if (!lock && !rlock)
            threading_tell_init(&own, &condition->own.told, site);
    }
    return 0;
}

int threading_condition_init(threading_condition *condition) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    return initialise(condition, NULL, NULL, &site);
}

int threading_condition_init_with_lock(threading_condition *condition, threading_lock *lock) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    return lock ? initialise(condition, lock, NULL, &site) : EINVAL;
}

int threading_condition_init_with_rlock(threading_condition *condition, threading_rlock *lock) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    return lock ? initialise(condition, NULL, lock, &site) : EINVAL;
}

static bool has_own_lock(const threading_condition *condition) {
    return !condition->lock && !condition->rlock;
}

static void tell_destroy(threading_condition *condition, const struct tc_library_site *site,
                         int result) {
    struct tc_library_object object = object_of(condition, site);
    object.name = NULL;
    threading_tell_destroy(&object, &condition->told, site, result);
    if (result || !has_own_lock(condition))
        return;
    struct tc_library_object own = lock_object_of(condition, site);
    threading_tell_destroy(&own, &condition->own.told, site, 0);
}

int threading_condition_destroy(threading_condition *condition) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    int result = 0;
    if (__atomic_load_n(&condition->inside, __ATOMIC_ACQUIRE) ||
        threading_rlock_locked(&condition->own)) {
        result = EBUSY;
    } else {
        threading_name_set(&condition->name, NULL);
        threading_name_set(&condition->own.name, NULL);
    }
    if (THREADING_WATCHED())
        tell_destroy(condition, &site, result);
    return result;
}

/* Its own RLock is called the same. */
int threading_condition_set_name(threading_condition *condition, const char *name) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    int result = threading_name_set(&condition->own.name, name);
    if (!result)
        result = threading_name_set(&condition->name, name);
    if (THREADING_WATCHED()) {
        struct tc_library_object object = object_of(condition, &site);
        threading_tell_name(&object, result);
        object = lock_object_of(condition, &site);
        if (has_own_lock(condition))
            threading_tell_name(&object, result);
    }
    return result;
}

#undef threading_condition_acquire

int threading_condition_acquire_for(threading_condition *condition, bool blocking, double timeout) {
    if (condition->lock)
        return threading_lock_acquire(condition->lock, blocking, timeout);
    return threading_rlock_acquire(rlock_of(condition), blocking, timeout);
}

int threading_condition_acquire(threading_condition *condition) {
    return threading_condition_acquire_for(condition, true, THREADING_FOREVER);
}

int threading_condition_release(threading_condition *condition) {
    if (condition->lock)
        return threading_lock_release(condition->lock);
    return threading_rlock_release(rlock_of(condition));
}
