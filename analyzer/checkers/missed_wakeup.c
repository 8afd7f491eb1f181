/* missed_wakeup.c: lost-wakeup, predicted from a run in which the wake-up came in time.
 *
 * A wake-up that ended the last wait on its condition, and after which no other was sent, was
 * needed.  It would have been lost if nothing but luck made the wait begin before it:
 *   - nobody took the wait's mutex between the begin of the wait and the wake-up, and the sender
 *     has not had that mutex since it last woke somebody there: what the waiter waits for was thus
 *     not changed under the mutex, and the wake-up can come between the waiter's check and its
 * wait. That holds for waits in a loop, too: a warning.
 *   - the sender did take the mutex: then it depends on whether the waiter checks something before
 *     it waits, which a trace does not tell.  Possible (info), and only for the only wait there.
 *   - an event was set and cleared again before its waiter was awake: a pulse, which a waiter that
 *     comes later misses.  A warning when that was the only time.
 * A sender that sends repeatedly from one place makes up for a lost one by the next: possible.
 */
#include <stdlib.h>

#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"
#include "analyzer/checkers/wake_state.h"

/* What became of the last wait on a condition or event. */
enum tc_missed_state { IDLE, WAITS, SENT, WOKEN_BY_IT };

struct tc_missed {
    uint32_t object; /* id: the key */
    enum tc_missed_state state;
    uint32_t waiter, wait_stack, lock, lock_stack;
    uint64_t acquisitions;            /* of the lock, when the wait began */
    uint32_t sender, sent_stack;      /* of the last wake-up */
    uint32_t cleared_by, clear_stack; /* event: cleared before the waiter was awake */
    uint32_t waits;                   /* of anybody, without a time limit */
    uint32_t sends_here;              /* wake-ups from the place of the last one */
    bool unlocked;                    /* nobody took the lock in between, nor the sender before */
    UT_hash_handle hh;
};

struct tc_missed_wakeup {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct tc_missed *missed;
};

static void *missed_create(const struct tc_config *config, struct tc_findings *findings,
                           const struct tc_model *model) {
    (void)config;
    struct tc_missed_wakeup *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    return self;
}

static struct tc_missed *missed_get(struct tc_missed_wakeup *self, uint32_t object) {
    struct tc_missed *missed;
    HASH_FIND_INT(self->missed, &object, missed);
    if (missed)
        return missed;
    missed = tc_alloc(sizeof *missed);
    missed->object = object;
    HASH_ADD_INT(self->missed, object, missed);
    return missed;
}

/* Whether `thread` may have had the lock since this was last asked; from now on it had not.  Of
 * threads from 64 on nothing is forgotten: they have one bit. */
static bool had_lock(struct tc_object *lock, uint32_t thread) {
    uint64_t bit = tc_thread_bit(thread);
    bool had = lock->had_by & bit;
    if (bit > 1)
        lock->had_by &= ~bit;
    return had;
}

static void note_wait(struct tc_missed_wakeup *self, const struct tc_step *step) {
    struct tc_missed *missed = missed_get(self, step->object->id);
    missed->state = IDLE;
    if (step->info->flags & TC_FLAG_TIMED)
        return;
    missed->waits++;
    uint32_t id = (uint32_t)step->record->arg;
    const struct tc_object *lock = id ? tc_model_object(self->model, id) : NULL;
    bool is_event = !(step->object->traits & TC_TRAIT_COND);
    if (!is_event && (!lock || !tc_certain(lock) || tc_shared_outside(lock)))
        return;
    missed->state = WAITS;
    missed->waiter = step->record->thread;
    missed->wait_stack = step->record->stack;
    missed->lock = id;
    missed->cleared_by = 0;
    if (is_event)
        return;
    missed->acquisitions = lock->acquisitions;
    missed->lock_stack = lock->owner == missed->waiter ? lock->owner_stack : 0;
}

static void note_send(struct tc_missed_wakeup *self, const struct tc_step *step) {
    struct tc_missed *missed = missed_get(self, step->object->id);
    uint32_t thread = step->record->thread;
    bool again = missed->sent_stack == step->record->stack;
    missed->sends_here = again ? missed->sends_here + 1 : 1;
    missed->sent_stack = step->record->stack;
    missed->sender = thread;
    bool waits = missed->state == WAITS && missed->waiter != thread;
    missed->state = waits ? SENT : IDLE;
    missed->cleared_by = 0;
    if (!missed->lock)
        return;
    struct tc_object *lock = tc_model_object(self->model, missed->lock);
    bool had = !lock || had_lock(lock, thread);
    missed->unlocked = waits && !had && !lock->uncertain && !tc_may_hold(step->thread, lock) &&
                       lock->acquisitions == missed->acquisitions;
}

static void note_clear(struct tc_missed_wakeup *self, const struct tc_step *step) {
    struct tc_missed *missed = missed_get(self, step->object->id);
    if (missed->state != SENT || step->record->thread == missed->waiter)
        return;
    missed->cleared_by = step->record->thread;
    missed->clear_stack = step->record->stack;
}

static void note_woken(struct tc_missed_wakeup *self, const struct tc_step *step) {
    struct tc_missed *missed = missed_get(self, step->object->id);
    if (missed->state == SENT && missed->waiter == step->record->thread)
        missed->state = step->record->result == 0 ? WOKEN_BY_IT : IDLE;
}

static void missed_step(void *opaque, const struct tc_step *step) {
    struct tc_missed_wakeup *self = opaque;
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
}

static void state_event(struct tc_finding *finding, const struct tc_missed *missed, size_t sender) {
    tc_finding_stack(finding, tc_finding_thread(finding, missed->cleared_by), missed->clear_stack,
                     "clears {o0} again");
    tc_finding_title(finding, "{o0} is set and cleared before {t0} need have begun to wait");
    tc_finding_explain(finding,
                       "{t%zu} sets {o0}, and it is cleared again while {t0} is not yet awake. "
                       "Nothing makes {t0} begin its wait before that: when it comes later, it "
                       "finds {o0} cleared and waits for ever.",
                       sender);
    tc_finding_advise(finding, "Do not clear an event that others wait for; let each waiter clear "
                               "it, or use a condition with a counter.");
}

static void state_condition(struct tc_finding *finding, const struct tc_missed *missed,
                            size_t sender) {
    size_t o = tc_finding_object(finding, missed->lock);
    tc_finding_title(finding, "{t%zu} may signal {o0} before {t0} waits", sender);
    if (missed->unlocked) {
        tc_finding_explain(finding,
                           "{t%zu} wakes {t0} without having locked {o%zu}, with which {t0} waits: "
                           "what {t0} waits for was not changed under {o%zu}. When the wake-up "
                           "comes between the check and the wait of {t0}, it is lost, and nobody "
                           "sends another.",
                           sender, o, o);
        tc_finding_advise(finding,
                          "Change what {t0} waits for with {o%zu} locked, even when it is "
                          "an atomic variable.",
                          o);
        return;
    }
    tc_finding_explain(finding,
                       "Nothing but {o%zu} orders the wake-up by {t%zu} after the begin of "
                       "this wait, the only one on {o0}. Whether {t0} checks "
                       "something before it waits cannot be seen; if not, a wake-up that comes "
                       "first is lost. `threadcheck confirm` can tell.",
                       o, sender);
    tc_finding_advise(finding, "Keep what the signal tells in a variable: change it under the "
                               "mutex before the signal, and check it in a loop around the wait.");
}

static void report(struct tc_missed_wakeup *self, const struct tc_missed *missed) {
    bool is_event = missed->cleared_by != 0;
    struct tc_finding *finding =
        tc_findings_add2(self->findings, TC_FINDING_LOST_WAKEUP, tc_key(1, missed->object),
                         tc_key(2, missed->wait_stack));
    if (!finding)
        return;
    bool sure = (is_event || missed->unlocked) && missed->sends_here == 1;
    tc_finding_object(finding, missed->object);
    size_t waiter = tc_finding_thread(finding, missed->waiter);
    if (!is_event && !missed->unlocked && missed->lock_stack)
        tc_finding_stack(finding, waiter, missed->lock_stack, "locks the mutex of its wait");
    tc_finding_stack(finding, waiter, missed->wait_stack, "waits on {o0}");
    size_t sender = tc_finding_thread(finding, missed->sender);
    tc_finding_stack(finding, sender, missed->sent_stack,
                     is_event ? "sets {o0}" : "signals {o0}, in this run after that");
    if (is_event)
        state_event(finding, missed, sender);
    else
        state_condition(finding, missed, sender);
    if (missed->sends_here > 1)
        tc_finding_explain_more(finding, "It is sent from there repeatedly: the next one may make "
                                         "up for a lost one.");
    tc_finding_witness(finding,
                       is_event ? "{t%zu} sets {o0}, and it is cleared"
                                : "{t%zu} signals {o0}; nobody waits",
                       sender);
    tc_finding_witness(finding, "{t0} waits on {o0}; nobody signals any more");
    finding->severity = sure ? TC_SEVERITY_WARNING : TC_SEVERITY_INFO;
    finding->confidence = sure ? TC_CONFIDENCE_PREDICTED : TC_CONFIDENCE_POSSIBLE;
    tc_finding_doubt(finding, self->model);
}

static void missed_finish(void *opaque) {
    struct tc_missed_wakeup *self = opaque;
    for (struct tc_missed *missed = self->missed; missed; missed = missed->hh.next) {
        const struct tc_object *object = tc_model_object(self->model, missed->object);
        if (missed->state != WOKEN_BY_IT || !object || !tc_certain(object) ||
            tc_shared_outside(object))
            continue;
        if (missed->cleared_by || missed->unlocked)
            report(self, missed);
        else if (missed->lock && missed->waits == 1 && missed->sends_here == 1)
            report(self, missed);
    }
}

static void missed_destroy(void *opaque) {
    struct tc_missed_wakeup *self = opaque;
    struct tc_missed *missed, *next;
    HASH_ITER(hh, self->missed, missed, next) {
        HASH_DEL(self->missed, missed);
        free(missed);
    }
    free(self);
}

const struct tc_checker tc_checker_missed_wakeup = {
    .name = "missed_wakeup",
    .help = "wake-ups that came in time by luck",
    .effects = TC_WANTS(REQUEST) | TC_WANTS(SEND) | TC_WANTS(RECEIVE) | TC_WANTS(NONE),
    .ignored = true,
    .create = missed_create,
    .step = missed_step,
    .finish = missed_finish,
    .destroy = missed_destroy,
};
