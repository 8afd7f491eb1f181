/* gil.c: blocked-holding-gil.
 *
 * A thread that blocks with the GIL held stops all others that need it.  Joins and waits are
 * reported at once; a wait for a lock when it took longer than a switch interval, as short ones
 * happen everywhere, and likewise the join of a thread that may have ended before: nothing orders
 * its end and the call.
 */
#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"

#define LONG_WAIT 5000000ull /* ns: Python's switch interval */

struct tc_gil_wait { /* by thread: what it waits for with the GIL held, if time is to decide */
    uint32_t object, stack, gil, gil_stack;
    uint64_t since;
};

struct tc_gil {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct tc_gil_wait *waits;
    size_t wait_size;
};

static void *gil_create(const struct tc_config *config, struct tc_findings *findings,
                        const struct tc_model *model) {
    (void)config;
    struct tc_gil *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    return self;
}

static const struct tc_held *held_gil(const struct tc_lockset *held) {
    for (uint32_t i = 0; i < held->count; i++)
        if (held->entries[i].object->type == TC_OBJECT_GIL)
            return &held->entries[i];
    return NULL;
}

static void report(struct tc_gil *self, uint32_t thread, const struct tc_gil_wait *wait,
                   uint64_t nanoseconds) {
    struct tc_finding *finding =
        tc_findings_add2(self->findings, TC_FINDING_BLOCKED_HOLDING_GIL,
                         tc_key(tc_key(1, wait->object), wait->gil), tc_key(2, wait->stack));
    if (!finding)
        return;
    const struct tc_object *object = tc_model_object(self->model, wait->object);
    tc_finding_object(finding, wait->gil);
    size_t t = tc_finding_thread(finding, thread);
    if (object->type == TC_OBJECT_THREAD) {
        tc_finding_title(finding, "{t0} joins a thread while holding {o0}");
        tc_finding_explain(finding, "{t0} waits for the end of a thread while it holds {o0}: every "
                                    "thread that needs {o0} stands still, and if the other one "
                                    "needs it, both hang.");
        tc_finding_stack(finding, t, wait->stack, "joins a thread while holding {o0}");
    } else {
        tc_finding_object(finding, wait->object);
        tc_finding_title(finding, "{t0} waits for {o1} while holding {o0}");
        tc_finding_stack(finding, t, wait->stack, "waits for {o1} while holding {o0}");
        tc_finding_explain(finding, "{t0} waits for {o1} while it holds {o0}: every thread that "
                                    "needs {o0} stands still meanwhile.");
    }
    if (nanoseconds)
        tc_finding_explain_more(finding, "It took %llu ms.",
                                (unsigned long long)(nanoseconds / 1000000));
    tc_finding_stack(finding, t, wait->gil_stack, "acquired {o0}");
    tc_finding_advise(finding, "Give {o0} up around calls that block: "
                               "Py_BEGIN_ALLOW_THREADS or THREADING_ALLOW_THREADS_BEGIN.");
}

static void begin_wait(struct tc_gil *self, const struct tc_step *step, const struct tc_held *gil) {
    struct tc_gil_wait wait = {.object = step->record->object,
                               .stack = step->record->stack,
                               .gil = gil->object->id,
                               .gil_stack = gil->stack,
                               .since = step->record->time};
    bool is_lock = tc_is_lock(step->object) || (step->object->traits & TC_TRAIT_COUNTED) ||
                   step->object->type == TC_OBJECT_FUTEX; /* what it is of is not known */
    const struct tc_thread *joined =
        step->object->subject ? tc_model_thread(step->model, step->object->subject) : NULL;
    if (!is_lock && !(joined && joined->ended)) {
        report(self, step->record->thread, &wait, 0);
        return;
    }
    self->waits = tc_reach(self->waits, &self->wait_size, step->record->thread, sizeof wait);
    self->waits[step->record->thread] = wait;
}

static void end_wait(struct tc_gil *self, const struct tc_step *step) {
    struct tc_gil_wait *wait =
        step->record->thread < self->wait_size ? &self->waits[step->record->thread] : NULL;
    if (!wait || wait->object != step->record->object)
        return;
    uint64_t took = step->record->time - wait->since;
    if (step->record->time > wait->since && took >= LONG_WAIT)
        report(self, step->record->thread, wait, took);
    wait->object = 0;
}

static void gil_step(void *opaque, const struct tc_step *step) {
    struct tc_gil *self = opaque;
    if (!step->object || step->object->type == TC_OBJECT_GIL || step->thread->handler_depth)
        return;
    if (step->info->effect == TC_EFFECT_ACQUIRE || step->record->code == TC_EV_THREAD_JOIN ||
        step->record->code == TC_EV_WOKEN) {
        end_wait(self, step);
        return;
    }
    bool waits = step->info->effect == TC_EFFECT_REQUEST || step->record->code == TC_EV_ARRIVE;
    const struct tc_held *gil = waits && step->held->count ? held_gil(step->held) : NULL;
    if (gil && !tc_thread_holds(step->thread, step->object))
        begin_wait(self, step, gil);
}

/* Waits that stand open at the end took long enough, unless everything ended with them. */
static void gil_finish(void *opaque) {
    struct tc_gil *self = opaque;
    uint32_t count = tc_model_thread_count(self->model);
    for (uint32_t i = 1; i <= count && i < self->wait_size; i++) {
        const struct tc_thread *thread = tc_model_thread(self->model, i);
        const struct tc_gil_wait *wait = &self->waits[i];
        if (thread && wait->object && thread->blocked.object &&
            thread->blocked.object->id == wait->object &&
            thread->blocked.object->type != TC_OBJECT_THREAD && !tc_findings_count(self->findings))
            report(self, i, wait, 0);
    }
}

static void gil_destroy(void *opaque) {
    struct tc_gil *self = opaque;
    free(self->waits);
    free(self);
}

const struct tc_checker tc_checker_gil = {
    .name = "gil",
    .help = "threads that block while they hold the GIL",
    .effects = TC_WANTS(REQUEST) | TC_WANTS(ACQUIRE) | TC_WANTS(SEND) | TC_WANTS(RECEIVE),
    .first = TC_WANTS(ACQUIRE),
    .create = gil_create,
    .step = gil_step,
    .finish = gil_finish,
    .destroy = gil_destroy,
};
