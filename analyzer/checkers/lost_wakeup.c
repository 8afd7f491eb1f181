/* lost_wakeup.c: lost-wakeup.
 *
 * A wake-up that found nobody is no mistake by itself: a waiter that checks its predicate under the
 * lock does not need it.  It is reported when the thread that came next to the lock went to wait
 * nevertheless, no further wake-up was sent, and
 *   - the thread can never go on (error), or
 *   - it ran into its time limit in the only wait it ever made there, and nobody ever got a wake-up
 *     of this condition (warning): a wait that serves as a pause is repeated, this one was not.
 * Where the sender held another lock, too, and somebody has had that since, what the wake-up told
 * of may have been looked at under that one (so does whoever waits on a
 * std::condition_variable_any): then a wait that ran out may have been for something else, which is
 * possible only (info). For an event the lost wake-up is a set that was cleared before the waiter
 * saw it.
 */
#include <errno.h>
#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/hang.h"
#include "analyzer/checkers/support.h"
#include "analyzer/checkers/wake_state.h"

#define SENDER_LOCKS 4

/* The last wake-up of a condition or event that nobody got. */
struct tc_lost {
    uint32_t object; /* id: the key */
    bool pending;    /* no other wake-up was sent since */
    bool received;   /* some wake-up of this object was received, at any time */
    uint32_t sender, sent_stack;
    uint32_t cleared_by, cleared_stack;  /* event */
    uint32_t locks[SENDER_LOCKS], count; /* that the sender held */
    uint64_t taken[SENDER_LOCKS];        /* how often they had been acquired then */
    UT_hash_handle hh;
};

/* Waits of one thread on one object. */
struct tc_needy {
    uint64_t key; /* object, thread */
    uint32_t object, thread, stack, lock;
    uint32_t waits;
    bool suspect; /* the last wait came after a wake-up that it would have needed */
    bool expired; /* ... and ran out */
    bool checked; /* ... and may have been for something else */
    struct tc_lost lost;
    UT_hash_handle hh;
};

struct tc_lost_wakeup {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct tc_wake_table wakes;
    struct tc_hang hang;
    struct tc_lost *lost;
    struct tc_needy *needy;
};

static void *lost_create(const struct tc_config *config, struct tc_findings *findings,
                         const struct tc_model *model) {
    (void)config;
    struct tc_lost_wakeup *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    self->hang.model = model;
    self->hang.wakes = &self->wakes;
    return self;
}

static struct tc_lost *lost_get(struct tc_lost_wakeup *self, uint32_t object) {
    struct tc_lost *lost;
    HASH_FIND_INT(self->lost, &object, lost);
    if (lost)
        return lost;
    lost = tc_alloc(sizeof *lost);
    lost->object = object;
    HASH_ADD_INT(self->lost, object, lost);
    return lost;
}

static struct tc_needy *needy_get(struct tc_lost_wakeup *self, uint32_t object, uint32_t thread) {
    uint64_t key = (uint64_t)object << 32 | thread;
    struct tc_needy *needy;
    HASH_FIND(hh, self->needy, &key, sizeof key, needy);
    if (needy)
        return needy;
    needy = tc_alloc(sizeof *needy);
    needy->key = key;
    needy->object = object;
    needy->thread = thread;
    HASH_ADD(hh, self->needy, key, sizeof needy->key, needy);
    return needy;
}

static void note_send(struct tc_lost_wakeup *self, const struct tc_step *step) {
    const struct tc_wake *state = tc_wake_get(&self->wakes, step->object);
    struct tc_lost *lost = lost_get(self, step->record->object);
    bool is_event = step->record->code == TC_EV_SET;
    lost->pending = !state->waiting && !is_event; /* an event is lost once it is cleared */
    lost->sender = step->record->thread;
    lost->sent_stack = step->record->stack;
    lost->cleared_by = 0;
    lost->count = 0;
    for (uint32_t i = 0; i < step->held->count && lost->count < SENDER_LOCKS; i++) {
        const struct tc_object *lock = step->held->entries[i].object;
        lost->taken[lost->count] = lock->acquisitions;
        lost->locks[lost->count++] = lock->id;
    }
    if (is_event)
        lost->received = false;
}

static void note_clear(struct tc_lost_wakeup *self, const struct tc_step *step) {
    const struct tc_wake *state = tc_wake_get(&self->wakes, step->object);
    struct tc_lost *lost = lost_get(self, step->record->object);
    if (!state->set || lost->received || !lost->sender)
        return;
    lost->pending = true;
    lost->cleared_by = step->record->thread;
    lost->cleared_stack = step->record->stack;
}

/* Whether the thread that now waits was the first to take the lock after the sender: nobody else
 * can have used up what the wake-up told of. */
static bool came_next(const struct tc_step *step, const struct tc_lost *lost) {
    const struct tc_object *lock =
        step->record->arg ? tc_model_object(step->model, (uint32_t)step->record->arg) : NULL;
    if (!lock || lock->acquisitions <= 1)
        return true;
    if (lock->last_release_thread == lost->sender)
        return true;
    for (uint32_t i = 0; i < lost->count; i++)
        if (lost->locks[i] == lock->id)
            return false;
    return lock->last_release_thread == step->record->thread;
}

/* Whether somebody has had a lock of the sender, other than the wait's, since the wake-up. */
static bool may_be_checked(const struct tc_step *step, const struct tc_lost *lost) {
    for (uint32_t i = 0; i < lost->count; i++) {
        const struct tc_object *lock = tc_model_object(step->model, lost->locks[i]);
        if (lock && lock->id != step->record->arg && lock->acquisitions > lost->taken[i])
            return true;
    }
    return false;
}

static void note_wait(struct tc_lost_wakeup *self, const struct tc_step *step) {
    struct tc_lost *lost;
    HASH_FIND_INT(self->lost, &step->record->object, lost);
    struct tc_needy *needy = needy_get(self, step->record->object, step->record->thread);
    needy->waits++;
    needy->stack = step->record->stack;
    needy->lock = (uint32_t)step->record->arg;
    needy->expired = false;
    needy->suspect = lost && lost->pending && lost->sender != step->record->thread &&
                     lost->cleared_by != step->record->thread && came_next(step, lost);
    if (!needy->suspect)
        return;
    needy->lost = *lost;
    needy->checked = may_be_checked(step, lost);
}

static void note_woken(struct tc_lost_wakeup *self, const struct tc_step *step) {
    struct tc_needy *needy = needy_get(self, step->record->object, step->record->thread);
    struct tc_lost *lost;
    HASH_FIND_INT(self->lost, &step->record->object, lost);
    bool expired = step->record->result == ETIMEDOUT;
    needy->expired = expired && needy->suspect && lost && lost->pending;
    if (expired)
        return;
    needy->suspect = false;
    if (lost && step->record->result == 0)
        lost->received = true;
}

static void lost_step(void *opaque, const struct tc_step *step) {
    struct tc_lost_wakeup *self = opaque;
    tc_hang_note(&self->hang, step);
    if (!step->object)
        return;
    switch (tc_wake_part_of(step->record->code)) {
    case TC_WAKE_SEND:
        note_send(self, step);
        break;
    case TC_WAKE_CLEAR:
        note_clear(self, step);
        break;
    case TC_WAKE_WAIT:
        note_wait(self, step);
        break;
    case TC_WAKE_RETURN:
        note_woken(self, step);
        break;
    case TC_WAKE_NONE:
        break;
    }
    tc_wake_apply(&self->wakes, step);
}

static void state_doubt(struct tc_finding *finding) {
    finding->severity = TC_SEVERITY_INFO;
    finding->confidence = TC_CONFIDENCE_POSSIBLE;
    tc_finding_explain_more(finding, "A lock that the sender held was taken in between: when what "
                                     "the signal tells of was looked at under it, this wait was "
                                     "for something else and all is well.");
}

static void report(struct tc_lost_wakeup *self, const struct tc_needy *needy, bool forever) {
    struct tc_finding *finding = tc_findings_add2(
        self->findings, TC_FINDING_LOST_WAKEUP, tc_key(1, needy->object), tc_key(2, needy->stack));
    if (!finding)
        return;
    const struct tc_lost *lost = &needy->lost;
    bool is_event = lost->cleared_by != 0;
    tc_finding_object(finding, needy->object);
    size_t waiter = tc_finding_thread(finding, needy->thread);
    tc_finding_stack(finding, waiter, needy->stack, "waits on {o0}");
    size_t sender = tc_finding_thread(finding, lost->sender);
    tc_finding_stack(finding, sender, lost->sent_stack,
                     is_event ? "set {o0} before" : "signalled {o0} before, when nobody waited");
    if (is_event)
        tc_finding_stack(finding, tc_finding_thread(finding, lost->cleared_by), lost->cleared_stack,
                         "cleared {o0} again");
    tc_finding_title(finding, is_event ? "{o0} was cleared before {t0} saw that it was set"
                                       : "{t0} waits for a signal on {o0} that came before");
    tc_finding_explain(finding,
                       is_event ? "{t%zu} set {o0} and it was cleared again before {t0} came to "
                                  "wait for it."
                                : "{t%zu} signalled {o0} when nobody waited; a signal is not kept. "
                                  "Then {t0} began to wait, although nobody signals any more.",
                       sender);
    finding->confidence = TC_CONFIDENCE_OBSERVED;
    if (forever) {
        finding->severity = TC_SEVERITY_ERROR;
        tc_finding_explain_more(finding, "It waits for ever.");
    } else {
        tc_finding_explain_more(finding, "Its wait ran out.");
        if (needy->checked)
            state_doubt(finding);
    }
    tc_finding_advise(
        finding, is_event ? "Do not clear an event that others wait for; let each waiter "
                            "clear it, or use a condition with a counter."
                          : "Keep what the signal tells in a variable: change it under the "
                            "mutex before the signal, and check it in a loop around the wait.");
    tc_finding_witness(
        finding, is_event ? "{t%zu} sets and clears {o0}" : "{t%zu} signals {o0}; nobody waits",
        sender);
    tc_finding_witness(finding, "{t0} waits on {o0}; nobody signals any more");
    tc_finding_doubt(finding, self->model);
    tc_finding_doubt_unseen(finding, self->model, tc_model_object(self->model, needy->object));
}

/* Whether a stuck thread asks for a lock: then the hang has another cause. */
static bool stuck_for_lock(struct tc_lost_wakeup *self) {
    uint32_t count = tc_model_thread_count(self->model);
    for (uint32_t i = 1; i <= count; i++) {
        struct tc_thread *thread = tc_model_thread(self->model, i);
        const struct tc_object *object = thread ? tc_hang_wait(&self->hang, thread)->object : NULL;
        if (object && tc_hang_stuck(&self->hang, i) && tc_is_lock(object))
            return true;
    }
    return false;
}

static void lost_finish(void *opaque) {
    struct tc_lost_wakeup *self = opaque;
    tc_hang_solve(&self->hang);
    bool other_cause = stuck_for_lock(self);
    for (struct tc_needy *needy = self->needy; needy; needy = needy->hh.next) {
        struct tc_object *object = tc_model_object(self->model, needy->object);
        struct tc_thread *thread = tc_model_thread(self->model, needy->thread);
        struct tc_lost *lost = lost_get(self, needy->object);
        if (!needy->suspect || !object || !thread || !tc_certain(object) ||
            tc_shared_outside(object) || !lost->pending ||
            lost->sent_stack != needy->lost.sent_stack)
            continue;
        bool waiting = tc_hang_wait(&self->hang, thread)->object == object;
        if (waiting && tc_hang_stuck(&self->hang, needy->thread) && !other_cause)
            report(self, needy, true);
        else if (needy->expired && needy->waits == 1 && !lost->received)
            report(self, needy, false);
    }
}

static void lost_destroy(void *opaque) {
    struct tc_lost_wakeup *self = opaque;
    struct tc_lost *lost, *next_lost;
    HASH_ITER(hh, self->lost, lost, next_lost) {
        HASH_DEL(self->lost, lost);
        free(lost);
    }
    struct tc_needy *needy, *next_needy;
    HASH_ITER(hh, self->needy, needy, next_needy) {
        HASH_DEL(self->needy, needy);
        free(needy);
    }
    tc_wake_clear(&self->wakes);
    tc_wait_graph_free(self->hang.graph);
    free(self);
}

const struct tc_checker tc_checker_lost_wakeup = {
    .name = "lost_wakeup",
    .help = "wake-ups that nobody got and that somebody needed",
    .effects = TC_WAKE_EFFECTS,
    .ignored = true,
    .create = lost_create,
    .step = lost_step,
    .finish = lost_finish,
    .destroy = lost_destroy,
};
