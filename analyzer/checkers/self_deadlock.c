/* self_deadlock.c: a thread asks for a lock that it holds itself.
 *
 * Seen when it asks, so that it stands in the trace of a process that hangs there; and when an
 * errorcheck mutex or an rwlock refuses with EDEADLK, because the program has the same mistake.  A
 * lock that any thread may release (Python's Lock) is judged by `deadlock` at the end: somebody
 * else may still release it.
 */
#include <errno.h>
#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"

struct tc_self_deadlock {
    struct tc_findings *findings;
};

static void *self_create(const struct tc_config *config, struct tc_findings *findings,
                         const struct tc_model *model) {
    (void)config, (void)model;
    struct tc_self_deadlock *self = tc_alloc(sizeof *self);
    self->findings = findings;
    return self;
}

static void explain(struct tc_finding *finding, const struct tc_step *step,
                    const struct tc_held *held) {
    const struct tc_object *object = step->object;
    bool refused = step->record->code == TC_EV_REQUEST_FAILED;
    bool timed = step->info->flags & TC_FLAG_TIMED;
    if (held && held->mode == TC_MODE_SHARED)
        tc_finding_explain(finding, "{t0} holds {o0} for reading and asks for it for writing: it "
                                    "waits for itself to stop reading.");
    else if (object->traits & TC_TRAIT_PUBLISHES)
        tc_finding_explain(finding, "{t0} runs the initialiser of {o0} and comes to {o0} again "
                                    "inside it: it waits for itself to finish.");
    else
        tc_finding_explain(finding, "{t0} asks for {o0}, which it holds already, and {o0} is not "
                                    "recursive.");
    if (refused)
        tc_finding_explain_more(finding, "The call was refused with EDEADLK; with another kind of "
                                         "lock the thread would hang here.");
    else if (timed)
        tc_finding_explain_more(finding, "It can only run into its time limit.");
    else
        tc_finding_explain_more(finding, "It can never go on.");
    tc_finding_advise(finding, "Release {o0} before this call, pass on that it is held, or make a "
                               "variant of the called function that expects it held.");
}

static void report(struct tc_self_deadlock *self, const struct tc_step *step,
                   const struct tc_held *held) {
    struct tc_finding *finding = tc_finding_at(self->findings, TC_FINDING_SELF_DEADLOCK, step,
                                               "asks for {o0} while holding it");
    if (!finding)
        return;
    uint32_t stack = held ? held->stack : step->object->owner_stack;
    if (stack)
        tc_finding_stack(finding, 0, stack, "acquired {o0}");
    tc_finding_title(finding, "{t0} waits for {o0}, which it holds itself");
    explain(finding, step, held);
    if (step->info->flags & TC_FLAG_TIMED)
        finding->severity = TC_SEVERITY_INFO; /* a program may well count on the time-out */
    tc_finding_doubt(finding, step->model);
}

/* Whether holding it as `held` makes this request wait for the thread itself. */
static bool blocks_itself(const struct tc_object *object, const struct tc_held *held,
                          uint8_t mode) {
    if (!(object->traits & TC_TRAIT_OWNED) || held->mode == TC_MODE_COUNTED)
        return false;
    if (held->mode == TC_MODE_SHARED)
        return mode == TC_MODE_EXCLUSIVE;
    return !(object->traits & TC_TRAIT_RECURSIVE);
}

static void self_step(void *opaque, const struct tc_step *step) {
    struct tc_self_deadlock *self = opaque;
    struct tc_object *object = step->object;
    if (!object || !tc_is_lock(object) || !tc_certain(object) || step->thread->uncertain)
        return;
    const struct tc_held *held = tc_thread_holds(step->thread, object);
    if (step->info->effect == TC_EFFECT_REQUEST) {
        if (object->attr & TC_ATTR_SHARED_PROCESS)
            return; /* it may have been released unseen, at another address: see deadlock.c */
        if (held && blocks_itself(object, held, step->info->mode))
            report(self, step, held);
    } else if (step->record->code == TC_EV_REQUEST_FAILED && step->record->result == EDEADLK) {
        if (held || object->owner == step->thread->index)
            report(self, step, held);
    }
}

const struct tc_checker tc_checker_self_deadlock = {
    .name = "self_deadlock",
    .help = "threads that ask for a lock that they hold",
    .effects = TC_WANTS(REQUEST) | TC_WANTS(NONE),
    .first = TC_WANTS(REQUEST),
    .create = self_create,
    .step = self_step,
    .destroy = free,
};
