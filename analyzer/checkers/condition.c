/* condition.c: cond-wait-unlocked, cond-mutex-mismatch, signal-without-lock, and conditions that
 * are destroyed or initialised again under their waiters.
 *
 * Waiters that were sent a wake-up no longer count although they have not returned yet: the
 * condition may then be destroyed, or used with another mutex.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"
#include "analyzer/checkers/wake_state.h"

struct tc_condition {
    struct tc_findings *findings;
    struct tc_wake_table waits;
};

static void *cond_create(const struct tc_config *config, struct tc_findings *findings,
                         const struct tc_model *model) {
    (void)config, (void)model;
    struct tc_condition *self = tc_alloc(sizeof *self);
    self->findings = findings;
    return self;
}

static void report_unlocked(struct tc_condition *self, const struct tc_step *step,
                            const struct tc_object *lock) {
    struct tc_finding *finding =
        tc_finding_at(self->findings, TC_FINDING_COND_WAIT_UNLOCKED, step, "waits on {o0}");
    if (!finding)
        return;
    if (!lock) {
        tc_finding_explain(finding, "{t0} waits on {o0} without holding its lock; the call was "
                                    "refused.");
    } else {
        size_t o = tc_finding_object(finding, lock->id);
        tc_finding_holder(finding, step->model, lock);
        tc_finding_title(finding, "{t0} waits on {o0} without holding {o%zu}", o);
        tc_finding_explain(finding,
                           "{t0} waits on {o0} with {o%zu}, which it does not hold: a signal can "
                           "come between its check and its wait, and the wait releases a lock that "
                           "is not its own.",
                           o);
    }
    tc_finding_advise(finding, "Lock the mutex, check the predicate in a loop, and wait with the "
                               "mutex held.");
    tc_finding_doubt(finding, step->model);
}

static void report_mismatch(struct tc_condition *self, const struct tc_step *step,
                            const struct tc_wake *state) {
    struct tc_finding *finding = tc_finding_at(self->findings, TC_FINDING_COND_MUTEX_MISMATCH, step,
                                               "waits on {o0} with {o1}");
    if (!finding)
        return;
    tc_finding_object(finding, (uint32_t)step->record->arg);
    tc_finding_object(finding, state->lock);
    size_t t = tc_finding_thread(finding, state->waiter);
    tc_finding_stack(finding, t, state->waiter_stack, "waits on {o0} with {o2}");
    tc_finding_title(finding, "{o0} is waited on with two mutexes at once");
    tc_finding_explain(finding,
                       "{t0} waits on {o0} with {o1} while {t%zu} waits on it with {o2}: "
                       "no mutex protects what they wait for.",
                       t);
    tc_finding_advise(finding, "Use one mutex with {o0}, or one condition for each mutex.");
    tc_finding_doubt(finding, step->model);
}

static void step_wait(struct tc_condition *self, const struct tc_step *step) {
    if (!(step->object->traits & TC_TRAIT_COND) || !step->record->arg)
        return;
    struct tc_object *lock = tc_model_object(step->model, (uint32_t)step->record->arg);
    if (!lock || !tc_certain(lock) || step->thread->uncertain)
        return;
    if (tc_is_lock(lock) && !tc_thread_holds(step->thread, lock) &&
        !tc_may_hold(step->thread, lock))
        report_unlocked(self, step, lock);
    struct tc_wake *state = tc_wake_get(&self->waits, step->object);
    if (state->waiting && state->lock && state->lock != lock->id &&
        !tc_shared_outside(step->object))
        report_mismatch(self, step, state);
}

static void step_signal(struct tc_condition *self, const struct tc_step *step) {
    if (!(step->object->traits & TC_TRAIT_COND))
        return;
    const struct tc_wake *state = tc_wake_get(&self->waits, step->object);
    struct tc_object *lock = state->lock ? tc_model_object(step->model, state->lock) : NULL;
    if (!lock || tc_thread_holds(step->thread, lock) || tc_may_hold(step->thread, lock))
        return;
    struct tc_finding *finding =
        tc_finding_at(self->findings, TC_FINDING_SIGNAL_WITHOUT_LOCK, step, "signals {o0}");
    if (!finding)
        return;
    tc_finding_object(finding, lock->id);
    tc_finding_explain(finding, "{t0} signals {o0} without holding {o1}. That is allowed, as long "
                                "as what the waiter checks is changed under {o1}.");
    tc_finding_advise(finding, "Nothing to do when the predicate is changed with {o1} held; else "
                               "hold it, or a wake-up can be lost.");
}

static void step_end(struct tc_condition *self, const struct tc_step *step) {
    struct tc_object *object = step->object;
    const struct tc_wake *state = tc_wake_find(&self->waits, object->id);
    if (!(object->traits & TC_TRAIT_COND) || !state || !state->waiting || object->destroyed ||
        tc_shared_outside(object))
        return;
    bool freed = step->info->flags & TC_FLAG_FREED;
    const char *verb = freed ? "frees the memory of" : "destroys";
    struct tc_thread *waiter = tc_blocked_on(step->model, object, step->thread->index);
    if (!waiter)
        return; /* the last of them only has not said yet that its time was up */
    char what[64];
    snprintf(what, sizeof what, "%s {o0}", verb);
    struct tc_finding *finding =
        tc_finding_at(self->findings, TC_FINDING_DESTROY_OF_LOCKED, step, what);
    if (!finding)
        return;
    size_t t = tc_finding_thread(finding, waiter->index);
    tc_finding_stack(finding, t, waiter->blocked.stack, "waits on {o0}");
    tc_finding_title(finding, "{o0} is %s while a thread waits on it",
                     freed ? "freed" : "destroyed");
    tc_finding_explain(finding, "{t0} %s {o0} while {t%zu} waits on it and was not woken.", verb,
                       t);
    tc_finding_advise(finding, "Wake the waiters with a broadcast and make sure that no new one "
                               "can come before {o0} goes.");
    tc_finding_doubt(finding, step->model);
}

static void cond_step(void *opaque, const struct tc_step *step) {
    struct tc_condition *self = opaque;
    if (!step->object)
        return;
    if (tc_certain(step->object) && !step->thread->ignore_depth) {
        switch (step->record->code) {
        case TC_EV_WAIT:
        case TC_EV_WAIT_TIMED:
            step_wait(self, step);
            break;
        case TC_EV_SIGNAL:
        case TC_EV_BROADCAST:
            step_signal(self, step);
            break;
        case TC_EV_DESTROY:
        case TC_EV_FREED:
            step_end(self, step);
            break;
        case TC_EV_REQUEST_FAILED:
            if ((step->object->traits & TC_TRAIT_COND) && step->record->result == EPERM)
                report_unlocked(self, step, NULL);
            break;
        default:
            break;
        }
    }
    tc_wake_apply(&self->waits, step);
}

static void cond_destroy(void *opaque) {
    struct tc_condition *self = opaque;
    tc_wake_clear(&self->waits);
    free(self);
}

const struct tc_checker tc_checker_condition = {
    .name = "condition",
    .help = "conditions waited on without their mutex or with two, or destroyed under waiters",
    .effects = TC_WAKE_EFFECTS | TC_WANTS(DESTROY),
    .ignored = true,
    .create = cond_create,
    .step = cond_step,
    .destroy = cond_destroy,
};
