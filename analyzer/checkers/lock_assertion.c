/* lock_assertion.c: lock-assertion: what an annotation says of a lock is not so. */
#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"

struct tc_lock_assertion {
    struct tc_findings *findings;
};

static void *assertion_create(const struct tc_config *config, struct tc_findings *findings,
                              const struct tc_model *model) {
    (void)config, (void)model;
    struct tc_lock_assertion *self = tc_alloc(sizeof *self);
    self->findings = findings;
    return self;
}

static void say_not_held(struct tc_lock_assertion *self, const struct tc_step *step) {
    struct tc_finding *finding = tc_finding_at(self->findings, TC_FINDING_LOCK_ASSERTION, step,
                                               "asserts that it holds {o0}");
    if (!finding)
        return;
    tc_finding_title(finding, "{o0} is not held where it must be");
    tc_finding_explain(finding, "{t0} must hold {o0} here, says tc_assert_held, but does not.");
    tc_finding_holder(finding, step->model, step->object);
    tc_finding_advise(finding, "Acquire {o0} on this path, or drop the assertion if the path needs "
                               "no lock.");
    tc_finding_doubt(finding, step->model);
}

static void say_held(struct tc_lock_assertion *self, const struct tc_step *step,
                     const struct tc_held *held) {
    struct tc_finding *finding = tc_finding_at(self->findings, TC_FINDING_LOCK_ASSERTION, step,
                                               "asserts that it does not hold {o0}");
    if (!finding)
        return;
    tc_finding_title(finding, "{o0} is held where it must not be");
    tc_finding_explain(finding, "{t0} must not hold {o0} here, says tc_assert_not_held, but does.");
    tc_finding_stack(finding, 0, held->stack, "acquired {o0}");
    tc_finding_advise(finding, "Release {o0} before this call.");
    tc_finding_doubt(finding, step->model);
}

static void assertion_step(void *opaque, const struct tc_step *step) {
    uint8_t code = step->record->code;
    if ((code != TC_EV_ASSERT_HELD && code != TC_EV_ASSERT_NOT_HELD) || !step->object)
        return;
    if (!tc_is_lock(step->object) || !tc_certain(step->object) || step->thread->uncertain)
        return;
    const struct tc_held *held = tc_thread_holds(step->thread, step->object);
    if (code == TC_EV_ASSERT_HELD && !held && !tc_may_hold(step->thread, step->object))
        say_not_held(opaque, step);
    else if (code == TC_EV_ASSERT_NOT_HELD && held)
        say_held(opaque, step, held);
}

const struct tc_checker tc_checker_lock_assertion = {
    .name = "lock_assertion",
    .help = "tc_assert_held and tc_assert_not_held",
    .effects = TC_WANTS(NONE),
    .create = assertion_create,
    .step = assertion_step,
    .destroy = free,
};
