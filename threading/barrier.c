/* barrier.c: Barrier.
 *
 * Rounds use two slots in turn, so that a thread that still leaves one round is not mixed up with
 * those of the next; a round may not begin to fill before its slot is empty.  A waiter sleeps on
 * its slot's state, so that one call wakes a whole round.
 * Threads: `guard` protects everything but `slot[].inside`, which those who leave decrement, and is
 *   not held while the action runs or anybody sleeps.
 */
#include <pthread.h>

#include "watch.h"

enum { OPEN, PASSED, BROKEN };
#define DRAINING (UINT32_C(1) << 31) /* of `inside`: somebody waits until it is 0 */

typedef __typeof__(((threading_barrier *)0)->slot[0]) round_slot;

static struct tc_library_object object_of(const threading_barrier *barrier) {
    return (struct tc_library_object){barrier, barrier->name, barrier->parties,
                                      TC_OBJECT_PY_BARRIER};
}

static round_slot *current(threading_barrier *barrier) {
    return &barrier->slot[barrier->round & 1];
}

static void leave(round_slot *slot) {
    if (__atomic_sub_fetch(&slot->inside, 1, __ATOMIC_ACQ_REL) == DRAINING)
        threading_futex_wake(&slot->inside, UINT32_MAX);
}

/* Asks for a wake-up when all threads of the slot's last round, which is over, have left it.
 * Returns what to wait on the slot's `inside` with: 0 when they have. */
static uint32_t request_drain(round_slot *slot) {
    if (!(__atomic_load_n(&slot->inside, __ATOMIC_ACQUIRE) & ~DRAINING))
        return 0;
    uint32_t inside = __atomic_or_fetch(&slot->inside, DRAINING, __ATOMIC_ACQUIRE);
    return inside & ~DRAINING ? inside : 0;
}

/* Ends the current round for all that are in it; the next one begins.  With the guard. */
static void close_round(threading_barrier *barrier, uint32_t outcome) {
    round_slot *slot = current(barrier);
    bool waited = barrier->arrived > 1 || outcome == BROKEN;
    __atomic_store_n(&barrier->arrived, 0, __ATOMIC_RELAXED);
    barrier->round++;
    __atomic_store_n(&slot->state, outcome, __ATOMIC_RELEASE);
    if (waited)
        threading_futex_wake(&slot->state, UINT32_MAX);
}

static void break_round(threading_barrier *barrier, bool stays_broken) {
    __atomic_store_n(&barrier->broken, stays_broken, __ATOMIC_RELAXED);
    if (barrier->arrived)
        close_round(barrier, BROKEN);
}

/* Takes the guard and waits until the current round can take one more thread.  NULL: broken. */
static round_slot *enter(threading_barrier *barrier) {
    threading_word_lock(&barrier->guard);
    while (!barrier->broken) {
        round_slot *slot = current(barrier);
        uint32_t inside = barrier->arrived ? 0 : request_drain(slot);
        if (barrier->arrived < barrier->parties && !inside)
            return slot;
        threading_word_unlock(&barrier->guard);
        if (inside)
            threading_futex_wait(&slot->inside, inside, THREADING_NEVER);
        else /* the round's action runs */
            threading_futex_wait(&slot->state, OPEN, THREADING_NEVER);
        threading_word_lock(&barrier->guard);
    }
    return NULL;
}

/* Joins the current round, with the guard held. */
static unsigned arrive(threading_barrier *barrier, round_slot *slot) {
    if (barrier->arrived == 0) {
        __atomic_store_n(&slot->inside, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&slot->state, OPEN, __ATOMIC_RELAXED);
    }
    __atomic_add_fetch(&slot->inside, 1, __ATOMIC_RELAXED);
    unsigned index = barrier->arrived;
    __atomic_store_n(&barrier->arrived, index + 1, __ATOMIC_RELAXED);
    return index;
}

/* A thread in a round. */
struct wait {
    threading_barrier *barrier;
    round_slot *slot;
    const struct tc_library_site *site;
    uint64_t deadline;
};

static uint32_t state_of(const struct wait *wait) {
    return __atomic_load_n(&wait->slot->state, __ATOMIC_ACQUIRE);
}

static void tell_left(const struct wait *wait, int result) {
    if (!THREADING_WATCHED())
        return;
    struct tc_library_object object = object_of(wait->barrier);
    THREADING_TELL(&object, wait->site, TC_EV_LEAVE, 0, result);
}

/* The round can no longer fill or finish: it breaks, unless it is over. */
static void cancelled(void *argument) {
    struct wait *wait = argument;
    threading_word_lock(&wait->barrier->guard);
    if (state_of(wait) == OPEN)
        break_round(wait->barrier, true);
    threading_word_unlock(&wait->barrier->guard);
    tell_left(wait, ECANCELED);
    leave(wait->slot);
}

/* The last one of a round runs its action and lets all go, unless it was broken meanwhile. */
static void finish_round(struct wait *wait) {
    threading_barrier *barrier = wait->barrier;
    if (barrier->action) {
        threading_word_unlock(&barrier->guard);
        pthread_cleanup_push(cancelled, wait);
        barrier->action(barrier->arg);
        pthread_cleanup_pop(0);
        threading_word_lock(&barrier->guard);
    }
    if (state_of(wait) == OPEN)
        close_round(barrier, PASSED);
    threading_word_unlock(&barrier->guard);
}

/* Breaks the round.  False: it is full, so that it will end by itself. */
static bool time_out(struct wait *wait) {
    threading_barrier *barrier = wait->barrier;
    threading_word_lock(&barrier->guard);
    bool open = state_of(wait) == OPEN;
    bool full = open && barrier->arrived == barrier->parties;
    if (open && !full)
        break_round(barrier, true);
    threading_word_unlock(&barrier->guard);
    return !full;
}

static void wait_for_round(struct wait *wait) {
    pthread_cleanup_push(cancelled, wait);
    while (state_of(wait) == OPEN) {
        int result = threading_futex_wait_cancellable(&wait->slot->state, OPEN, wait->deadline);
        if (result == ETIMEDOUT && !time_out(wait))
            wait->deadline = THREADING_NEVER;
    }
    pthread_cleanup_pop(0);
}

int threading_barrier_wait(threading_barrier *barrier, double timeout, unsigned *index) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    if (!threading_timeout_valid(timeout))
        return EINVAL;
    if (timeout == THREADING_FOREVER)
        timeout = barrier->timeout;
    uint64_t deadline = threading_deadline(timeout);
    if (THREADING_WATCHED()) {
        struct tc_library_object object = object_of(barrier);
        THREADING_TELL(&object, &site, TC_EV_ARRIVE, deadline != THREADING_NEVER, 0);
    }
    struct wait wait = {barrier, enter(barrier), &site, deadline};
    if (!wait.slot) {
        threading_word_unlock(&barrier->guard);
        tell_left(&wait, ECANCELED);
        return ECANCELED;
    }
    unsigned mine = arrive(barrier, wait.slot);
    if (mine + 1 == barrier->parties) {
        finish_round(&wait);
    } else {
        threading_word_unlock(&barrier->guard);
        wait_for_round(&wait);
    }
    int result = state_of(&wait) == PASSED ? 0 : ECANCELED;
    tell_left(&wait, result);
    leave(wait.slot);
    if (!result && index)
        *index = mine;
    return result;
}

static int reset_or_abort(threading_barrier *barrier, bool abort,
                          const struct tc_library_site *site) {
    if (THREADING_WATCHED()) {
        struct tc_library_object object = object_of(barrier);
        THREADING_TELL(&object, site, TC_EV_RESET, abort, 0);
    }
    threading_word_lock(&barrier->guard);
    break_round(barrier, abort);
    threading_word_unlock(&barrier->guard);
    return 0;
}

int threading_barrier_reset(threading_barrier *barrier) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    return reset_or_abort(barrier, false, &site);
}

int threading_barrier_abort(threading_barrier *barrier) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    return reset_or_abort(barrier, true, &site);
}

unsigned threading_barrier_parties(const threading_barrier *barrier) {
    return barrier->parties;
}

unsigned threading_barrier_n_waiting(const threading_barrier *barrier) {
    return __atomic_load_n(&barrier->arrived, __ATOMIC_RELAXED);
}

bool threading_barrier_broken(const threading_barrier *barrier) {
    return __atomic_load_n(&barrier->broken, __ATOMIC_RELAXED);
}

int threading_barrier_init(threading_barrier *barrier, unsigned parties, void (*action)(void *),
                           void *arg, double timeout) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    if (!parties || parties >= DRAINING || !threading_timeout_valid(timeout))
        return EINVAL;
    *barrier =
        (threading_barrier){.parties = parties, .action = action, .arg = arg, .timeout = timeout};
    if (THREADING_WATCHED()) {
        struct tc_library_object object = object_of(barrier);
        threading_watch->init(&object, &site);
    }
    return 0;
}

/* Threads whose round is over are on their way out of wait: they are waited for. */
static int destroy(threading_barrier *barrier) {
    threading_word_lock(&barrier->guard);
    bool busy = barrier->arrived != 0;
    threading_word_unlock(&barrier->guard);
    if (busy)
        return EBUSY;
    for (int i = 0; i < 2; i++)
        for (uint32_t inside; (inside = request_drain(&barrier->slot[i]));)
            threading_futex_wait(&barrier->slot[i].inside, inside, THREADING_NEVER);
    return threading_name_set(&barrier->name, NULL);
}

int threading_barrier_destroy(threading_barrier *barrier) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    int result = destroy(barrier);
    if (!THREADING_WATCHED())
        return result;
    struct tc_library_object object = object_of(barrier);
    return threading_tell_destroy(&object, &site, result);
}

int threading_barrier_set_name(threading_barrier *barrier, const char *name) {
    int result = threading_name_set(&barrier->name, name);
    if (!THREADING_WATCHED())
        return result;
    struct tc_library_object object = object_of(barrier);
    return threading_tell_name(&object, result);
}
