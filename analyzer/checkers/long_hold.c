/* long_hold.c: long-hold.
 *
 * Seen by those who had to wait: their waits have times, plain acquisitions have not.
 */
#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"

#define LONG_HOLD 100000000ull /* ns, the usual */

struct tc_long_wait { /* by thread: what it waits for */
    uint32_t object, stack, holder, holder_stack;
    uint64_t since;
};

struct tc_long_hold {
    struct tc_findings *findings;
    struct tc_long_wait *waits;
    size_t size;
    uint64_t threshold; /* ns */
};

static void *hold_create(const struct tc_config *config, struct tc_findings *findings,
                         const struct tc_model *model) {
    (void)model;
    struct tc_long_hold *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->threshold = config->long_hold ? config->long_hold : LONG_HOLD;
    return self;
}

static void begin_wait(struct tc_long_hold *self, const struct tc_step *step) {
    self->waits = tc_reach(self->waits, &self->size, step->record->thread, sizeof *self->waits);
    struct tc_thread *holder = tc_holder(step->model, step->object);
    const struct tc_held *held = holder ? tc_thread_holds(holder, step->object) : NULL;
    self->waits[step->record->thread] =
        (struct tc_long_wait){.object = step->record->object,
                              .stack = step->record->stack,
                              .holder = held && holder != step->thread ? holder->index : 0,
                              .holder_stack = held ? held->stack : 0,
                              .since = step->record->time};
}

static void end_wait(struct tc_long_hold *self, const struct tc_step *step) {
    struct tc_long_wait *wait =
        step->record->thread < self->size ? &self->waits[step->record->thread] : NULL;
    if (!wait || wait->object != step->record->object)
        return;
    wait->object = 0;
    if (step->record->time < wait->since + self->threshold)
        return;
    struct tc_finding *finding =
        tc_findings_add2(self->findings, TC_FINDING_LONG_HOLD, tc_key(1, step->record->object),
                         tc_key(2, wait->holder_stack ? wait->holder_stack : wait->stack));
    if (!finding)
        return;
    tc_finding_object(finding, step->record->object);
    size_t t = tc_finding_thread(finding, step->record->thread);
    tc_finding_stack(finding, t, wait->stack, "waits for {o0}");
    if (wait->holder)
        tc_finding_stack(finding, tc_finding_thread(finding, wait->holder), wait->holder_stack,
                         "acquired {o0}");
    double waited = (double)(step->record->time - wait->since) / 1e6;
    tc_finding_explain(finding, "{t0} had to wait %.*f ms for {o0}.", waited < 10 ? 3 : 0, waited);
    tc_finding_advise(finding, "Do less while {o0} is held: no input or output, no sleep.");
}

static void hold_step(void *opaque, const struct tc_step *step) {
    if (!step->object || !tc_is_lock(step->object))
        return;
    if (step->info->effect == TC_EFFECT_REQUEST)
        begin_wait(opaque, step);
    else if (step->thread->blocked.object == step->object)
        end_wait(opaque, step);
}

static void hold_destroy(void *opaque) {
    struct tc_long_hold *self = opaque;
    free(self->waits);
    free(self);
}

const struct tc_checker tc_checker_long_hold = {
    .name = "long_hold",
    .help = "locks that others wait for for a long time",
    .effects = TC_WANTS(REQUEST) | TC_WANTS(ACQUIRE),
    .first = TC_WANTS(ACQUIRE),
    .create = hold_create,
    .step = hold_step,
    .destroy = hold_destroy,
};
