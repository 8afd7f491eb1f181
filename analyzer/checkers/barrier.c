/* barrier.c: barrier-misuse.
 *
 * A barrier may go as soon as its round is full, even while threads are on their way out of it.
 * More threads than parties is legal as long as the arrivals come out even; it is a mistake once a
 * thread is left behind.
 */
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"
#include "analyzer/checkers/wake_state.h"

struct tc_barrier {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct tc_wake_table wakes;
};

static void *barrier_create(const struct tc_config *config, struct tc_findings *findings,
                            const struct tc_model *model) {
    (void)config;
    struct tc_barrier *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    return self;
}

static void add_waiter(struct tc_finding *finding, const struct tc_model *model,
                       const struct tc_object *object, uint32_t except) {
    struct tc_thread *waiter = tc_blocked_on(model, object, except);
    if (waiter)
        tc_finding_stack(finding, tc_finding_thread(finding, waiter->index), waiter->blocked.stack,
                         "waits at {o0}");
}

/* Destroyed, initialised again, reset with threads in an unfinished round. */
static void report_waiters(struct tc_barrier *self, const struct tc_step *step, const char *verb) {
    const struct tc_wake *state = tc_wake_find(&self->wakes, step->object->id);
    bool refused = step->record->code == TC_EV_DESTROY_FAILED;
    if ((!refused && (!state || !state->arrived)) || step->object->destroyed ||
        tc_shared_outside(step->object))
        return;
    char what[64];
    snprintf(what, sizeof what, "%s {o0}", verb);
    struct tc_finding *finding =
        tc_finding_at(self->findings, TC_FINDING_BARRIER_MISUSE, step, what);
    if (!finding)
        return;
    add_waiter(finding, self->model, step->object, step->record->thread);
    tc_finding_title(finding, "{t0} %s {o0} while threads wait at it", verb);
    if (state)
        tc_finding_explain(finding, "{t0} %s {o0} while %u of its %u threads wait at it.", verb,
                           state->arrived, step->object->value);
    else
        tc_finding_explain(finding, "{t0} %s {o0} while it is in use.", verb);
    tc_finding_advise(finding, "Do this only when every round is complete: after the threads that "
                               "use {o0} were joined, or behind a barrier of its own.");
    tc_finding_doubt(finding, self->model);
}

static void report_broken(struct tc_barrier *self, const struct tc_step *step) {
    struct tc_finding *finding = tc_finding_at(self->findings, TC_FINDING_BARRIER_MISUSE, step,
                                               "leaves {o0} as it is broken");
    if (!finding)
        return;
    tc_finding_title(finding, "{o0} broke");
    tc_finding_explain(finding, "{t0} waited at {o0}, which broke: a thread ran into its time "
                                "limit there, or reset or aborted it.");
    tc_finding_advise(finding, "Find out which of the %u threads did not come in time.",
                      step->object->value);
    tc_finding_doubt(finding, self->model);
}

static void note_renewal(struct tc_barrier *self, const struct tc_step *step) {
    struct tc_wake *state = tc_wake_get(&self->wakes, step->object);
    state->renewed_by = step->record->thread;
    state->renewed_stack = step->record->stack;
}

static void barrier_step(void *opaque, const struct tc_step *step) {
    struct tc_barrier *self = opaque;
    if (!step->object || !(step->object->traits & TC_TRAIT_PHASED))
        return;
    if (tc_certain(step->object) && !step->thread->ignore_depth) {
        switch (step->record->code) {
        case TC_EV_DESTROY:
        case TC_EV_DESTROY_FAILED:
            report_waiters(self, step, "destroys");
            break;
        case TC_EV_FREED:
            report_waiters(self, step, "frees the memory of");
            break;
        case TC_EV_REINIT:
            note_renewal(self, step);
            break;
        case TC_EV_RESET:
            report_waiters(self, step, "resets");
            break;
        case TC_EV_LEAVE:
            if (step->record->result)
                report_broken(self, step);
            break;
        default:
            break;
        }
    }
    tc_wake_apply(&self->wakes, step);
}

/* Initialised again with threads in an unfinished round: they wait in it for ever, so they still do
 * at the end. */
static void report_renewed(struct tc_barrier *self, const struct tc_wake *state) {
    struct tc_object *object = tc_model_object(self->model, state->object);
    if (!object || !tc_certain(object) || tc_shared_outside(object) || !state->renewed_by)
        return;
    bool waited_at = state->arrived && tc_blocked_on(self->model, object, 0);
    if (!waited_at && !(object->attr & TC_ATTR_STATIC))
        return;
    struct tc_finding *finding = tc_findings_add(
        self->findings, waited_at ? TC_FINDING_BARRIER_MISUSE : TC_FINDING_DOUBLE_INIT,
        tc_key(1, object->id));
    if (!finding)
        return;
    tc_finding_object(finding, object->id);
    tc_finding_stack(finding, tc_finding_thread(finding, state->renewed_by), state->renewed_stack,
                     "initialises {o0} again");
    if (waited_at)
        add_waiter(finding, self->model, object, state->renewed_by);
    tc_finding_title(finding, waited_at ? "{t0} initialises {o0} again while threads wait at it"
                                        : "{o0} is initialised twice");
    tc_finding_explain(finding, "{t0} initialises {o0} again%s.",
                       waited_at ? " while threads wait at it: they wait in the old round for ever"
                                 : " without a destroy in between");
    tc_finding_advise(finding, "Destroy {o0} once all its threads have left, then initialise it.");
    tc_finding_doubt(finding, self->model);
}

/* A thread that waits in a round that did not fill, at a barrier that more threads came to than it
 * has parties. */
static void report_crowd(struct tc_barrier *self, const struct tc_wake *state) {
    struct tc_object *object = tc_model_object(self->model, state->object);
    if (!object || !tc_certain(object) || tc_shared_outside(object) || object->destroyed ||
        state->users <= object->value || !state->arrived)
        return;
    struct tc_thread *waiter = tc_blocked_on(self->model, object, 0);
    if (!waiter)
        return;
    struct tc_finding *finding =
        tc_findings_add(self->findings, TC_FINDING_BARRIER_MISUSE, tc_key(1, object->id));
    if (!finding)
        return;
    tc_finding_object(finding, object->id);
    add_waiter(finding, self->model, object, 0);
    tc_finding_title(finding, "more threads wait at {o0} than it was made for");
    tc_finding_explain(finding,
                       "%s%u threads came to {o0}, which is for %u: {t0} is left waiting "
                       "in a round that nobody fills.",
                       state->users == TC_WAKE_USERS ? "At least " : "", state->users,
                       object->value);
    tc_finding_advise(finding, "Initialise {o0} with the number of threads that wait at it.");
    tc_finding_doubt(finding, self->model);
}

static void barrier_finish(void *opaque) {
    struct tc_barrier *self = opaque;
    for (struct tc_wake *state = self->wakes.states; state; state = state->hh.next) {
        if (state->renewed_by)
            report_renewed(self, state);
        else
            report_crowd(self, state);
    }
}

static void barrier_destroy(void *opaque) {
    struct tc_barrier *self = opaque;
    tc_wake_clear(&self->wakes);
    free(self);
}

const struct tc_checker tc_checker_barrier = {
    .name = "barrier",
    .help = "barriers destroyed or reset with threads at them, or for too few threads",
    .effects = TC_WAKE_EFFECTS | TC_WANTS(DESTROY),
    .ignored = true,
    .create = barrier_create,
    .step = barrier_step,
    .finish = barrier_finish,
    .destroy = barrier_destroy,
};
