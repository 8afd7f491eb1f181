/* lifecycle.c: destroy-of-locked, use-after-destroy.
 *
 * Conditions and barriers have rules of their own for when they may go (condition.c, barrier.c);
 * here are locks and semaphores, and for every type the use after the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"

/* Uses of an object after its end. */
struct tc_dead_use {
    uint32_t object; /* id: the key */
    uint32_t thread, stack;
    uint64_t count;
    UT_hash_handle hh;
};

struct tc_lifecycle {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct tc_dead_use *uses;
    bool *asked; /* by object: a thread blocked in it */
    size_t asked_size;
    bool *miscounted; /* by object: released while nobody held it, so that libc counts it wrong */
    size_t miscounted_size;
};

static void *life_create(const struct tc_config *config, struct tc_findings *findings,
                         const struct tc_model *model) {
    (void)config;
    struct tc_lifecycle *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    return self;
}

static void note_request(struct tc_lifecycle *self, const struct tc_step *step) {
    self->asked = tc_reach(self->asked, &self->asked_size, step->record->object, sizeof(bool));
    self->asked[step->record->object] = true;
}

/* Whether a thread ever blocked in it: else there is no need to look at all of them. */
static bool was_asked_for(const struct tc_lifecycle *self, uint32_t object) {
    return object < self->asked_size && self->asked[object];
}

/* Whether somebody holds it whose hold is still of consequence. */
static bool is_held(const struct tc_model *model, const struct tc_object *object) {
    if (!tc_is_lock(object) || object->attr & TC_ATTR_PYTHON)
        return false; /* Python collects what nobody can come to any more, locked or not */
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
    if (!held && was_asked_for(self, object->id))
        waiter = tc_blocked_on(step->model, object, step->thread->index);
    if (held || waiter)
        report_destroy(self, step, held, waiter);
}

/* The use has no certain place in the order: all that is said of it waits until the end. */
static void note_use(struct tc_lifecycle *self, const struct tc_step *step) {
    uint32_t object = step->record->object;
    struct tc_dead_use *use;
    HASH_FIND_INT(self->uses, &object, use);
    if (!use) {
        use = tc_alloc(sizeof *use);
        use->object = object;
        use->thread = step->record->thread;
        use->stack = step->record->stack;
        HASH_ADD_INT(self->uses, object, use);
    }
    use->count++;
}

static void judge_use(struct tc_lifecycle *self, const struct tc_dead_use *use) {
    const struct tc_object *object = tc_model_object(self->model, use->object);
    if (!object || !tc_certain(object))
        return;
    if (tc_findings_find(self->findings, TC_FINDING_DESTROY_OF_LOCKED, tc_key(1, object->id)))
        return; /* those who used it then come to their end */
    struct tc_finding *finding = tc_findings_add2(self->findings, TC_FINDING_USE_AFTER_DESTROY,
                                                  tc_key(1, use->object), tc_key(2, use->stack));
    if (!finding)
        return;
    finding->count = use->count;
    tc_finding_object(finding, use->object);
    tc_finding_stack(finding, tc_finding_thread(finding, use->thread), use->stack, "uses {o0}");
    if (object->destroy_stack)
        tc_finding_stack(finding, tc_finding_thread(finding, object->destroy_thread),
                         object->destroy_stack, "destroyed {o0}");
    tc_finding_title(finding, "{o0} is used after it was destroyed");
    tc_finding_explain(finding,
                       "{t0} uses {o0}, which was destroyed before and not initialised again.");
    tc_finding_advise(finding, "Destroy {o0} only once nobody uses it any more, or initialise it "
                               "again before use.");
    tc_finding_doubt(finding, self->model);
}

/* After a release too many libc takes a lock for used that is not: the release was the mistake. */
static void step_refused(struct tc_lifecycle *self, const struct tc_step *step) {
    uint32_t id = step->record->object;
    bool held = is_held(step->model, step->object);
    if (held || id >= self->miscounted_size || !self->miscounted[id])
        report_destroy(self, step, held, NULL);
}

/* A release by nobody: libc counts wrong from here on. */
static void note_release(struct tc_lifecycle *self, const struct tc_step *step) {
    uint32_t id = step->record->object;
    if (is_held(step->model, step->object))
        return;
    self->miscounted =
        tc_reach(self->miscounted, &self->miscounted_size, id, sizeof *self->miscounted);
    self->miscounted[id] = true;
}

static void life_step(void *opaque, const struct tc_step *step) {
    struct tc_lifecycle *self = opaque;
    struct tc_object *object = step->object;
    if (!object || !tc_certain(object))
        return;
    if (step->info->effect == TC_EFFECT_REQUEST)
        note_request(self, step);
    else if (step->info->effect == TC_EFFECT_RELEASE)
        note_release(self, step);
    else if (step->info->effect == TC_EFFECT_DESTROY)
        step_destroy(self, step);
    else if (step->record->code == TC_EV_USE_DEAD)
        note_use(self, step);
    else if (step->record->code == TC_EV_DESTROY_FAILED && step->record->result == EBUSY &&
             !(object->traits & (TC_TRAIT_COND | TC_TRAIT_PHASED)))
        step_refused(self, step);
}

/* Threads that still wait for what was destroyed: their request has no place in the order, but had
 * it come after the end, it would have been told as a use. */
static void judge_waiters(struct tc_lifecycle *self) {
    uint32_t count = tc_model_thread_count(self->model);
    for (uint32_t i = 1; i <= count; i++) {
        const struct tc_thread *thread = tc_model_thread(self->model, i);
        const struct tc_object *object = thread && !thread->ended ? thread->blocked.object : NULL;
        if (!object || !object->destroyed || !tc_certain(object) || tc_shared_outside(object) ||
            !(object->traits & (TC_TRAIT_LOCK | TC_TRAIT_COUNTED)) ||
            (tc_event_table[thread->blocked.code].flags & TC_FLAG_TIMED))
            continue;
        struct tc_finding *finding = tc_finding_of(
            self->findings, TC_FINDING_DESTROY_OF_LOCKED, object->id, object->destroy_thread,
            object->destroy_stack, object->freed ? "frees the memory of {o0}" : "destroys {o0}");
        if (!finding)
            continue;
        size_t t = tc_finding_thread(finding, i);
        tc_finding_stack(finding, t, thread->blocked.stack, "waits for {o0}");
        tc_finding_title(finding, "{o0} is %s while a thread waits for it",
                         object->freed ? "freed" : "destroyed");
        tc_finding_explain(finding, "{t0} %s {o0} while {t%zu} is blocked in it.",
                           object->freed ? "frees the memory of" : "destroys", t);
        tc_finding_advise(finding, "Make sure that no thread waits for {o0} or can still come to "
                                   "it - join the threads that use it - before this point.");
        tc_finding_doubt(finding, self->model);
    }
}

static void life_finish(void *opaque) {
    struct tc_lifecycle *self = opaque;
    judge_waiters(self);
    for (struct tc_dead_use *use = self->uses; use; use = use->hh.next)
        judge_use(self, use);
}

static void life_destroy(void *opaque) {
    struct tc_lifecycle *self = opaque;
    struct tc_dead_use *use, *next_use;
    HASH_ITER(hh, self->uses, use, next_use) {
        HASH_DEL(self->uses, use);
        free(use);
    }
    free(self->asked);
    free(self->miscounted);
    free(self);
}

const struct tc_checker tc_checker_lifecycle = {
    .name = "lifecycle",
    .help = "objects destroyed in use or used after destroy",
    .effects = TC_WANTS(DESTROY) | TC_WANTS(NONE) | TC_WANTS(REQUEST) | TC_WANTS(RELEASE),
    .first = TC_WANTS(REQUEST) | TC_WANTS(RELEASE),
    .create = life_create,
    .step = life_step,
    .finish = life_finish,
    .destroy = life_destroy,
};
