/* barrier.c: Barrier.
 *
 * One word holds the number of the round that is filling, how many threads are in it, and whether
 * the barrier is broken.  Who moves it on to the next round, be it the last to arrive, a time-out,
 * a reset or an abort, ends the round: that thread alone publishes the outcome in the round's slot,
 * where the others sleep.  Rounds use two slots in turn; a round begins to fill only when the last
 * one of its slot is over and all have left it, so nobody can miss his outcome.
 * Threads: all of it is atomic; there is no lock that a crowd of waking threads would queue for,
 *   only one around the action.
 */
#include <pthread.h>

#include "watch.h"

#define BROKEN    (UINT64_C(1) << 31)
#define ARRIVED   (BROKEN - 1)
#define ONE_ROUND (UINT64_C(1) << 32)

/* A slot's state: 30 bits of the round and its outcome. */
enum { ENDED_WHOLE = 1, ENDED_BROKEN = 2, OUTCOME_BITS = 2 };
#define DRAINING (UINT32_C(1) << 31) /* of `inside`: somebody waits until it is 0 */

typedef __typeof__(((threading_barrier *)0)->slot[0]) round_slot;

static struct tc_library_object object_of(threading_barrier *barrier,
                                          const struct tc_library_site *site) {
    return threading_describe(barrier, barrier->name, barrier->parties, TC_OBJECT_PY_BARRIER,
                              &barrier->told, site);
}

static inline uint64_t load(const threading_barrier *barrier) {
    return __atomic_load_n(&barrier->word, __ATOMIC_ACQUIRE);
}

static inline bool replace(threading_barrier *barrier, uint64_t *word, uint64_t by) {
    return __atomic_compare_exchange_n(&barrier->word, word, by, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

/* A round's number as its slot's state has it. */
static inline uint32_t round_of(uint64_t word) {
    return (uint32_t)(word >> 32) << OUTCOME_BITS;
}

static inline round_slot *slot_of(threading_barrier *barrier, uint64_t word) {
    return &barrier->slot[(word >> 32) & 1];
}

static inline uint32_t state_of(const round_slot *slot) {
    return __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
}

static inline bool is_over(uint32_t state, uint32_t round) {
    return state >> OUTCOME_BITS == round >> OUTCOME_BITS;
}

/* What the thread that moved `word` on to the next round does for those who were in it. */
static void publish(threading_barrier *barrier, uint64_t word, uint32_t outcome) {
    round_slot *slot = slot_of(barrier, word);
    uint32_t inside = (uint32_t)(word & ARRIVED);
    __atomic_store_n(&slot->inside, inside, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->state, round_of(word) | outcome, __ATOMIC_RELEASE);
    if (inside > 1 || outcome == ENDED_BROKEN)
        threading_futex_wake(&slot->state, UINT32_MAX);
}

/* Ends the round that fills, for a reset (`broken` 0) or an abort. */
static void break_round(threading_barrier *barrier, uint64_t broken) {
    uint64_t word = load(barrier), next;
    do
        next = ((word & ARRIVED) ? word + ONE_ROUND : word) >> 32 << 32 | broken;
    while (!replace(barrier, &word, next));
    if (word & ARRIVED)
        publish(barrier, word, ENDED_BROKEN);
}

static void leave(round_slot *slot) {
    if (__atomic_sub_fetch(&slot->inside, 1, __ATOMIC_ACQ_REL) == DRAINING)
        threading_futex_wake(&slot->inside, UINT32_MAX);
}

/* Sleeps a while if threads are still to leave the slot's last round.  False: there are none. */
static bool wait_until_left(round_slot *slot) {
    if (!(__atomic_load_n(&slot->inside, __ATOMIC_ACQUIRE) & ~DRAINING))
        return false;
    uint32_t inside = __atomic_or_fetch(&slot->inside, DRAINING, __ATOMIC_ACQUIRE);
    if (inside & ~DRAINING)
        threading_futex_wait(&slot->inside, inside, THREADING_NEVER);
    return true;
}

/* Sleeps a while if the current round can take nobody yet: the last one of its slot is not over or
 * not left, or it is full and its action runs. */
static bool wait_for_room(threading_barrier *barrier, uint64_t word) {
    round_slot *slot = slot_of(barrier, word);
    uint32_t state = state_of(slot);
    if ((word & ARRIVED) == barrier->parties) {
        if (!is_over(state, round_of(word)))
            threading_futex_wait(&slot->state, state, THREADING_NEVER);
        return true;
    }
    if (word & ARRIVED)
        return false;
    if (is_over(state, round_of(word - 2 * ONE_ROUND)))
        return wait_until_left(slot);
    if (load(barrier) == word)
        threading_futex_wait(&slot->state, state, THREADING_NEVER);
    return true;
}

/* Joins the current round; gives the word as it was before.  False: the barrier is broken. */
static bool arrive(threading_barrier *barrier, uint64_t *before) {
    uint64_t word = load(barrier);
    for (;;) {
        if (word & BROKEN)
            return false;
        if (wait_for_room(barrier, word)) {
            word = load(barrier);
        } else if (replace(barrier, &word, word + 1)) {
            *before = word;
            return true;
        }
    }
}

/* A thread in a round. */
struct wait {
    threading_barrier *barrier;
    const struct tc_library_site *site;
    uint64_t deadline;
    uint64_t word; /* as it was when it arrived */
};

/* What all have done before they arrive comes before the action, which comes before what they do
 * when they leave: more than that each leaves after all have arrived. */
static void tell_action(const struct wait *wait, enum tc_event_code code) {
    const threading_barrier *barrier = wait->barrier;
    struct tc_library_object channel = {&barrier->acting, barrier->name, 0, TC_OBJECT_CHANNEL};
    if (THREADING_WATCHED() && barrier->action)
        THREADING_TELL(&channel, wait->site, code, 0, 0);
}

static void tell_left(const struct wait *wait, int result) {
    if (!THREADING_WATCHED())
        return;
    struct tc_library_object object = object_of(wait->barrier, wait->site);
    THREADING_TELL(&object, wait->site, TC_EV_LEAVE, 0, result);
    tell_action(wait, TC_EV_HAPPENS_AFTER);
}

/* Breaks the round if it still fills; if it is full only when `also_full`.  False: it is full. */
static bool give_up(struct wait *wait, bool also_full) {
    threading_barrier *barrier = wait->barrier;
    uint64_t word = load(barrier);
    while (word >> 32 == wait->word >> 32) {
        if ((word & ARRIVED) == barrier->parties && !also_full)
            return false;
        uint64_t next = (word + ONE_ROUND) >> 32 << 32 | BROKEN;
        if (replace(barrier, &word, next)) {
            publish(barrier, word, ENDED_BROKEN);
            break;
        }
    }
    return true;
}

/* Waits for the outcome, which is sure to come, and leaves the round. */
static int leave_with_outcome(struct wait *wait) {
    round_slot *slot = slot_of(wait->barrier, wait->word);
    uint32_t state;
    while (!is_over(state = state_of(slot), round_of(wait->word)))
        threading_futex_wait(&slot->state, state, THREADING_NEVER);
    int result = (state & ENDED_BROKEN) ? ECANCELED : 0;
    tell_left(wait, result);
    leave(slot);
    return result;
}

/* The round can no longer fill or finish. */
static void cancelled(void *argument) {
    struct wait *wait = argument;
    give_up(wait, true);
    leave_with_outcome(wait);
}

static void cancelled_in_action(void *argument) {
    struct wait *wait = argument;
    threading_word_unlock(&wait->barrier->acting);
    cancelled(wait);
}

static void run_action(struct wait *wait) {
    tell_action(wait, TC_EV_HAPPENS_AFTER);
    wait->barrier->action(wait->barrier->arg);
    tell_action(wait, TC_EV_HAPPENS_BEFORE);
}

/* One action at a time: a reset may have begun the next round while that of the last one runs. */
static void act(struct wait *wait) {
    threading_barrier *barrier = wait->barrier;
    threading_word_lock(&barrier->acting);
    pthread_cleanup_push(cancelled_in_action, wait);
    if (load(barrier) >> 32 == wait->word >> 32)
        run_action(wait);
    pthread_cleanup_pop(0);
    threading_word_unlock(&barrier->acting);
}

/* The last one of a round runs its action and lets all go, unless it was broken meanwhile. */
static void finish_round(struct wait *wait) {
    threading_barrier *barrier = wait->barrier;
    if (barrier->action)
        act(wait);
    uint64_t word = wait->word + 1;
    if (replace(barrier, &word, (word + ONE_ROUND) >> 32 << 32))
        publish(barrier, wait->word + 1, ENDED_WHOLE);
}

static void wait_for_round(struct wait *wait) {
    round_slot *slot = slot_of(wait->barrier, wait->word);
    pthread_cleanup_push(cancelled, wait);
    for (;;) {
        uint32_t state = state_of(slot);
        if (is_over(state, round_of(wait->word)))
            break;
        int result = threading_futex_wait_cancellable(&slot->state, state, wait->deadline);
        if (result == ETIMEDOUT && !give_up(wait, false))
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
    struct wait wait = {barrier, &site, threading_deadline(timeout), 0};
    if (THREADING_WATCHED()) {
        tell_action(&wait, TC_EV_HAPPENS_BEFORE);
        struct tc_library_object object = object_of(barrier, &site);
        THREADING_TELL(&object, &site, TC_EV_ARRIVE, wait.deadline != THREADING_NEVER, 0);
    }
    if (!arrive(barrier, &wait.word)) {
        tell_left(&wait, ECANCELED);
        return ECANCELED;
    }
    uint32_t mine = (uint32_t)(wait.word & ARRIVED);
    if (mine + 1 == barrier->parties)
        finish_round(&wait);
    else
        wait_for_round(&wait);
    int result = leave_with_outcome(&wait);
    if (!result && index)
        *index = mine;
    return result;
}

static int reset_or_abort(threading_barrier *barrier, bool abort,
                          const struct tc_library_site *site) {
    if (THREADING_WATCHED()) {
        struct tc_library_object object = object_of(barrier, site);
        THREADING_TELL(&object, site, TC_EV_RESET, abort, 0);
    }
    break_round(barrier, abort ? BROKEN : 0);
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
    return (unsigned)(load(barrier) & ARRIVED);
}

bool threading_barrier_broken(const threading_barrier *barrier) {
    return load(barrier) & BROKEN;
}

int threading_barrier_init(threading_barrier *barrier, unsigned parties, void (*action)(void *),
                           void *arg, double timeout) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    if (!parties || parties >= ARRIVED || !threading_timeout_valid(timeout))
        return EINVAL;
    *barrier =
        (threading_barrier){.parties = parties, .action = action, .arg = arg, .timeout = timeout};
    for (uint64_t i = 0; i < 2; i++) /* as if two rounds had been */
        barrier->slot[i].state = round_of((i - 2) * ONE_ROUND) | ENDED_WHOLE;
    if (THREADING_WATCHED()) {
        struct tc_library_object object = {barrier, NULL, barrier->parties, TC_OBJECT_PY_BARRIER};
        threading_tell_init(&object, &barrier->told, &site);
    }
    return 0;
}

/* Threads whose round is over are on their way out of wait: they are waited for. */
static int destroy(threading_barrier *barrier) {
    if (load(barrier) & ARRIVED)
        return EBUSY;
    while (wait_until_left(&barrier->slot[0]) || wait_until_left(&barrier->slot[1])) {
    }
    return threading_name_set(&barrier->name, NULL);
}

int threading_barrier_destroy(threading_barrier *barrier) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    int result = destroy(barrier);
    if (!THREADING_WATCHED())
        return result;
    struct tc_library_object object = object_of(barrier, &site);
    return threading_tell_destroy(&object, &barrier->told, &site, result);
}

int threading_barrier_set_name(threading_barrier *barrier, const char *name) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    int result = threading_name_set(&barrier->name, name);
    if (!THREADING_WATCHED())
        return result;
    struct tc_library_object object = object_of(barrier, &site);
    return threading_tell_name(&object, result);
}
