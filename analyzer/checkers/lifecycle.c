/* lifecycle.c: destroy-of-locked, use-after-destroy, double-init.
 *
 * Conditions and barriers have rules of their own for when they may go (condition.c, barrier.c);
 * here are locks and semaphores, and for every type the use after the end and the second
 * initialisation.
 */
#include <errno.h>
#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"

/* An object that was initialised again without a destroy. */
struct tc_renewal {
    uint32_t object; /* id that it had before: the key */
    uint32_t thread, stack;
    UT_hash_handle hh;
};

struct tc_lifecycle {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct tc_renewal *renewals;
};

static void *life_create(const struct tc_config *config, struct tc_findings *findings,
                         const struct tc_model *model) {
    (void)config;
    struct tc_lifecycle *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    return self;
}

/* Whether somebody holds it whose hold is still of consequence. */
static bool is_held(const struct tc_model *model, const struct tc_object *object) {
    if (!tc_is_lock(object))
        return false;
    struct tc_thread *holder = tc_holder(model, object);
    if (!holder)
        return false;
    return !(holder->ended && (object->attr & TC_ATTR_ROBUST));
}

static void report_destroy(struct tc_lifecycle *self, const struct tc_step *step, bool held,
                           struct tc_thread *waiter) {
    bool freed = step->info->flags & TC_FLAG_FREED;
    struct tc_finding *finding =
        tc_finding_at(self->findings, TC_FINDING_DESTROY_OF_LOCKED, step,
                      freed ? "frees the memory of {o0}" : "destroys {o0}");
    if (!finding)
        return;
    const char *verb = freed ? "frees the memory of" : "destroys";
    if (held) {
        tc_finding_holder(finding, step->model, step->object);
        struct tc_thread *holder = tc_holder(step->model, step->object);
        const char *who = holder == step->thread ? "it holds it itself" : "{t1} holds it";
        tc_finding_title(finding, "{o0} is %s while it is locked", freed ? "freed" : "destroyed");
        tc_finding_explain(finding, "{t0} %s {o0} while %s.", verb, who);
    } else if (waiter) {
        size_t t = tc_finding_thread(finding, waiter->index);
        tc_finding_stack(finding, t, waiter->blocked.stack, "waits for {o0}");
        tc_finding_title(finding, "{o0} is %s while a thread waits for it",
                         freed ? "freed" : "destroyed");
        tc_finding_explain(finding, "{t0} %s {o0} while {t%zu} is blocked in it.", verb, t);
    } else {
        tc_finding_title(finding, "{o0} is destroyed while it is in use");
        tc_finding_explain(finding, "{t0} destroys {o0}, but the call is refused with EBUSY: it is "
                                    "still in use.");
    }
    tc_finding_advise(finding, "Make sure that no thread holds {o0}, waits for it or can still "
                               "come to it - join the threads that use it - before this point.");
    tc_finding_doubt(finding, step->model);
}

static void step_destroy(struct tc_lifecycle *self, const struct tc_step *step) {
    struct tc_object *object = step->object;
    bool freed = step->info->flags & TC_FLAG_FREED;
    if (object->destroyed || object->type == TC_OBJECT_THREAD)
        return;
    if (freed && tc_shared_outside(object))
        return; /* unmapped here; it lives on elsewhere */
    if (object->traits & (TC_TRAIT_COND | TC_TRAIT_PHASED | TC_TRAIT_PUBLISHES))
        return;
    bool held = is_held(step->model, object);
    struct tc_thread *waiter = NULL;
    if (!held && object->contended)
        waiter = tc_blocked_on(step->model, object, step->thread->index);
    if (held || waiter)
        report_destroy(self, step, held, waiter);
}

static void step_use_dead(struct tc_lifecycle *self, const struct tc_step *step) {
    struct tc_object *object = step->object;
    if (tc_findings_find(self->findings, TC_FINDING_DESTROY_OF_LOCKED, tc_key(1, object->id)))
        return; /* those who used it then come to their end */
    struct tc_finding *finding =
        tc_finding_at(self->findings, TC_FINDING_USE_AFTER_DESTROY, step, "uses {o0}");
    if (!finding)
        return;
    if (object->destroy_stack) {
        size_t t = tc_finding_thread(finding, object->destroy_thread);
        tc_finding_stack(finding, t, object->destroy_stack, "destroyed {o0}");
    }
    tc_finding_title(finding, "{o0} is used after it was destroyed");
    tc_finding_explain(finding,
                       "{t0} uses {o0}, which was destroyed before and not initialised again.");
    tc_finding_advise(finding, "Destroy {o0} only once nobody uses it any more, or initialise it "
                               "again before use.");
    tc_finding_doubt(finding, step->model);
}

static void note_renewal(struct tc_lifecycle *self, const struct tc_step *step) {
    uint32_t object = step->record->object;
    struct tc_renewal *renewal;
    HASH_FIND_INT(self->renewals, &object, renewal);
    if (renewal)
        return;
    renewal = tc_alloc(sizeof *renewal);
    renewal->object = object;
    renewal->thread = step->record->thread;
    renewal->stack = step->record->stack;
    HASH_ADD_INT(self->renewals, object, renewal);
}

static void explain_renewal(struct tc_lifecycle *self, struct tc_finding *finding,
                            const struct tc_object *object, bool held,
                            const struct tc_thread *waiter) {
    tc_finding_title(finding, "{o0} is initialised twice");
    if (held) {
        tc_finding_holder(finding, self->model, object);
        tc_finding_title(finding, "{o0} is initialised while it is locked");
        tc_finding_explain(finding, "{t0} initialises {o0} again while it is held: the lock is "
                                    "open from now on although its holder does not know.");
    } else if (waiter) {
        size_t t = tc_finding_thread(finding, waiter->index);
        tc_finding_stack(finding, t, waiter->blocked.stack, "waits for {o0}");
        tc_finding_explain(finding,
                           "{t0} initialises {o0} again while {t%zu} is blocked in it: nobody can "
                           "wake that thread any more.",
                           t);
    } else {
        tc_finding_explain(finding, "{t0} initialises {o0}, which was initialised already and not "
                                    "destroyed since.");
    }
    tc_finding_advise(finding, "Initialise {o0} once, before any thread can use it (pthread_once "
                               "or a static initialiser), or destroy it in between.");
    tc_finding_doubt(finding, self->model);
}

/* A second initialisation is certain to be a mistake only while the first is in use, or where
 * memory cannot have become another object in between: in static storage.  Nothing can reach the
 * former object any more, so who held it or waited for it then still does at the end of the trace -
 * which, other than the moment of the second initialisation, has a certain place in the order. */
static void judge_renewal(struct tc_lifecycle *self, const struct tc_renewal *renewal) {
    struct tc_object *object = tc_model_object(self->model, renewal->object);
    if (!object || !tc_certain(object) || object->destroyed || tc_shared_outside(object) ||
        (object->traits & TC_TRAIT_PHASED))
        return; /* barrier.c knows whether a round is open */
    struct tc_thread *holder = tc_is_lock(object) ? tc_holder(self->model, object) : NULL;
    bool held = holder && !holder->ended;
    struct tc_thread *waiter = NULL;
    if (!held && (object->contended || (object->traits & TC_TRAIT_COND)))
        waiter = tc_blocked_on(self->model, object, renewal->thread);
    if (!held && !waiter && !(object->attr & TC_ATTR_STATIC))
        return;
    struct tc_finding *finding =
        tc_findings_add2(self->findings, TC_FINDING_DOUBLE_INIT, tc_key(1, renewal->object),
                         tc_key(2, renewal->stack));
    if (!finding)
        return;
    tc_finding_object(finding, renewal->object);
    tc_finding_stack(finding, tc_finding_thread(finding, renewal->thread), renewal->stack,
                     "initialises {o0} again");
    explain_renewal(self, finding, object, held, waiter);
}

static void life_step(void *opaque, const struct tc_step *step) {
    struct tc_lifecycle *self = opaque;
    struct tc_object *object = step->object;
    if (!object || !tc_certain(object))
        return;
    if (step->info->effect == TC_EFFECT_DESTROY)
        step_destroy(self, step);
    else if (step->record->code == TC_EV_USE_DEAD)
        step_use_dead(self, step);
    else if (step->record->code == TC_EV_REINIT)
        note_renewal(self, step);
    else if (step->record->code == TC_EV_DESTROY_FAILED && step->record->result == EBUSY &&
             !(object->traits & (TC_TRAIT_COND | TC_TRAIT_PHASED)))
        report_destroy(self, step, is_held(step->model, object), NULL);
}

static void life_finish(void *opaque) {
    struct tc_lifecycle *self = opaque;
    for (struct tc_renewal *renewal = self->renewals; renewal; renewal = renewal->hh.next)
        judge_renewal(self, renewal);
}

static void life_destroy(void *opaque) {
    struct tc_lifecycle *self = opaque;
    struct tc_renewal *renewal, *next;
    HASH_ITER(hh, self->renewals, renewal, next) {
        HASH_DEL(self->renewals, renewal);
        free(renewal);
    }
    free(self);
}

const struct tc_checker tc_checker_lifecycle = {
    .name = "lifecycle",
    .help = "objects destroyed in use, used after destroy, initialised twice",
    .effects = TC_WANTS(DESTROY) | TC_WANTS(NONE),
    .create = life_create,
    .step = life_step,
    .finish = life_finish,
    .destroy = life_destroy,
};
