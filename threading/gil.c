/* gil.c: a GIL after CPython's (Python/ceval_gil.c, since 3.2).
 *
 * A waiter sleeps for one switch interval; when no switch happened meanwhile it sets a drop
 * request. The holder sees that at its next checkpoint and gives the GIL up to another thread
 * before it may have it again (forced switch).  Without a request a release leaves the GIL free,
 * and whoever comes first takes it.
 *
 * Unlike CPython, which wakes a waiter and waits until it has taken the GIL, a release that was
 * asked for hands it over: to the thread that has waited longest.  So nobody starves: a waiter that
 * was woken and came too late also gets the next release by hand-over.
 *
 * Threads: `state` holds the holder's identity and, in its low bits, what is wanted of it; 0 is
 *   free.  The guard protects the queue; bits are set under it, and while it is held by the holder
 *   nobody else changes a state that has a holder.
 */
#include "watch.h"

#define WAITERS      ((uintptr_t)1) /* the queue is not empty */
#define DROP_REQUEST ((uintptr_t)2) /* give it up at the next checkpoint, by hand-over */
#define HAND_OVER    ((uintptr_t)4) /* do not leave it free when it is released */
#define FLAGS        ((uintptr_t)7)

enum { WAITS, LOOK_AGAIN, GIVEN };

static struct tc_library_object object_of(threading_gil *gil, const struct tc_library_site *site) {
    return threading_describe(gil, gil->name, 0, TC_OBJECT_GIL, &gil->told, site);
}

static inline uintptr_t load(const threading_gil *gil) {
    return __atomic_load_n(&gil->state, __ATOMIC_RELAXED);
}

static inline bool held_by(uintptr_t state, uintptr_t thread) {
    return (state & ~FLAGS) == thread;
}

/* Done by, or for, the thread that just got it. */
static inline void count_switch(threading_gil *gil, uintptr_t thread) {
    if (gil->last_holder == thread)
        return;
    if (gil->last_holder)
        __atomic_store_n(&gil->switches, gil->switches + 1, __ATOMIC_RELAXED);
    gil->last_holder = thread;
}

/* Takes it if it is free, as it is: with the WAITERS bit. */
static inline bool try_take(threading_gil *gil, uintptr_t self) {
    uintptr_t state = load(gil);
    while (held_by(state, 0))
        if (__atomic_compare_exchange_n(&gil->state, &state, state | self, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
            count_switch(gil, self);
            return true;
        }
    return false;
}

/* Sets a bit of the state unless the GIL is free.  With the guard. */
static bool ask(threading_gil *gil, uintptr_t flag) {
    uintptr_t state = load(gil);
    while (!held_by(state, 0))
        if (__atomic_compare_exchange_n(&gil->state, &state, state | flag, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
            return true;
    return false;
}

/* What the state says of the queue. */
static void update_waiters(threading_gil *gil) {
    if (!gil->first)
        __atomic_and_fetch(&gil->state, ~WAITERS, __ATOMIC_RELAXED);
}

/* Waits in the queue.  Every round trip begins with the guard held. */
static void take_slowly(threading_gil *gil, uintptr_t self) {
    struct threading_waiter waiter = {NULL, NULL, self, WAITS, false};
    threading_word_lock(&gil->guard);
    threading_queue_append(&gil->first, &gil->last, &waiter);
    while (!try_take(gil, self)) {
        if (!ask(gil, WAITERS))
            continue;
        uint64_t switches = __atomic_load_n(&gil->switches, __ATOMIC_RELAXED);
        uint64_t interval = __atomic_load_n(&gil->interval, __ATOMIC_RELAXED);
        threading_word_unlock(&gil->guard);
        int result = threading_futex_wait(&waiter.word, WAITS, threading_now() + interval);
        threading_word_lock(&gil->guard);
        uint32_t told = waiter.word;
        if (told == GIVEN) {
            threading_word_unlock(&gil->guard);
            return;
        }
        waiter.word = WAITS;
        if (told == LOOK_AGAIN)
            ask(gil, WAITERS | HAND_OVER);
        else if (result && switches == __atomic_load_n(&gil->switches, __ATOMIC_RELAXED))
            ask(gil, WAITERS | DROP_REQUEST);
    }
    threading_queue_remove(&gil->first, &gil->last, &waiter);
    update_waiters(gil);
    threading_word_unlock(&gil->guard);
}

/* Releases it while somebody waits or did. */
static void drop_slowly(threading_gil *gil) {
    threading_word_lock(&gil->guard);
    struct threading_waiter *oldest = gil->first;
    uintptr_t wanted = load(gil) & (DROP_REQUEST | HAND_OVER);
    if (oldest && wanted) {
        threading_queue_remove(&gil->first, &gil->last, oldest);
        count_switch(gil, oldest->thread);
        __atomic_store_n(&gil->state, oldest->thread | (gil->first ? WAITERS : 0),
                         __ATOMIC_RELEASE);
        threading_waiter_wake(oldest, GIVEN);
    } else {
        __atomic_store_n(&gil->state, oldest ? WAITERS : 0, __ATOMIC_RELEASE);
        if (oldest)
            threading_waiter_wake(oldest, LOOK_AGAIN);
    }
    threading_word_unlock(&gil->guard);
}

static inline void drop(threading_gil *gil, uintptr_t self) {
    uintptr_t expected = self;
    if (THREADING_UNLIKELY(!__atomic_compare_exchange_n(&gil->state, &expected, 0, false,
                                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED)))
        drop_slowly(gil);
}

static inline int acquire(threading_gil *gil) {
    uintptr_t self = threading_self_id();
    if (THREADING_LIKELY(try_take(gil, self)))
        return 0;
    if (held_by(load(gil), self))
        return EDEADLK;
    take_slowly(gil, self);
    return 0;
}

static inline int release(threading_gil *gil) {
    uintptr_t self = threading_self_id();
    if (THREADING_UNLIKELY(!held_by(load(gil), self)))
        return EPERM;
    drop(gil, self);
    return 0;
}

static int tell_acquire(threading_gil *gil, const struct tc_library_site *site) {
    struct tc_library_object object = object_of(gil, site);
    uintptr_t self = threading_self_id();
    if (!try_take(gil, self)) {
        THREADING_TELL(&object, site, TC_EV_REQUEST, 0, 0);
        int result = acquire(gil);
        if (result) {
            THREADING_TELL(&object, site, TC_EV_REQUEST_FAILED, 0, result);
            return result;
        }
    }
    THREADING_TELL(&object, site, TC_EV_ACQUIRE, 0, 0);
    return 0;
}

static int tell_release(threading_gil *gil, const struct tc_library_site *site) {
    struct tc_library_object object = object_of(gil, site);
    if (held_by(load(gil), threading_self_id()))
        THREADING_TELL(&object, site, TC_EV_RELEASE, 0, 0);
    else
        THREADING_TELL(&object, site, TC_EV_RELEASE_FAILED, 0, EPERM);
    return release(gil);
}

THREADING_TELLING static int telling_acquire(threading_gil *gil) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    return tell_acquire(gil, &site);
}

THREADING_TELLING static int telling_release(threading_gil *gil) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    return tell_release(gil, &site);
}

/* Out of line: asked to switch, or misuse. */
__attribute__((noinline)) static int checkpoint_slowly(threading_gil *gil, uintptr_t state) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    if (!held_by(state, threading_self_id()))
        return THREADING_WATCHED() ? tell_release(gil, &site) : EPERM;
    if (THREADING_WATCHED()) {
        tell_release(gil, &site);
        return tell_acquire(gil, &site);
    }
    release(gil);
    return acquire(gil);
}

int threading_gil_acquire(threading_gil *gil) {
    if (THREADING_WATCHED())
        return telling_acquire(gil);
    return acquire(gil);
}

int threading_gil_release(threading_gil *gil) {
    if (THREADING_WATCHED())
        return telling_release(gil);
    return release(gil);
}

int threading_gil_checkpoint(threading_gil *gil) {
    uintptr_t state = load(gil);
    if (THREADING_LIKELY((state & ~(WAITERS | HAND_OVER)) == threading_self_id()))
        return 0;
    return checkpoint_slowly(gil, state);
}

bool threading_gil_held(const threading_gil *gil) {
    return held_by(load(gil), threading_self_id());
}

uint64_t threading_gil_switches(const threading_gil *gil) {
    return __atomic_load_n(&gil->switches, __ATOMIC_RELAXED);
}

int threading_gil_set_switch_interval(threading_gil *gil, double switch_interval) {
    if (!(switch_interval > 0))
        return EINVAL;
    double nanoseconds = switch_interval * 1e9;
    uint64_t longest = UINT64_C(1) << 62;
    uint64_t interval = nanoseconds < (double)longest ? (uint64_t)nanoseconds : longest;
    __atomic_store_n(&gil->interval, interval ? interval : 1, __ATOMIC_RELAXED);
    return 0;
}

int threading_gil_init(threading_gil *gil, double switch_interval) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    threading_gil fresh = THREADING_GIL_INIT;
    int result = threading_gil_set_switch_interval(&fresh, switch_interval);
    if (result)
        return result;
    *gil = fresh;
    if (THREADING_WATCHED()) {
        struct tc_library_object object = {gil, NULL, 0, TC_OBJECT_GIL};
        threading_tell_init(&object, &gil->told, &site);
    }
    return 0;
}

/* Queue and state under the guard: a thread that is about to wait is seen. */
static int destroy(threading_gil *gil) {
    threading_word_lock(&gil->guard);
    bool busy = load(gil) != 0 || gil->first;
    threading_word_unlock(&gil->guard);
    return busy ? EBUSY : threading_name_set(&gil->name, NULL);
}

int threading_gil_destroy(threading_gil *gil) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    int result = destroy(gil);
    if (!THREADING_WATCHED())
        return result;
    struct tc_library_object object = object_of(gil, &site);
    return threading_tell_destroy(&object, &gil->told, &site, result);
}

int threading_gil_set_name(threading_gil *gil, const char *name) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    int result = threading_name_set(&gil->name, name);
    if (!THREADING_WATCHED())
        return result;
    struct tc_library_object object = object_of(gil, &site);
    return threading_tell_name(&object, result);
}
