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
#include "trace/reader.h"

/* An object that was initialised again without a destroy. */
struct tc_renewal {
    uint32_t object; /* id that it had before: the key */
    uint32_t thread, stack;
    uint32_t holder, holder_stack; /* who held it then, as far as the order tells; 0: nobody */
    UT_hash_handle hh;
};

/* Uses of an object after its end. */
struct tc_dead_use {
    uint32_t object; /* id: the key */
    uint32_t thread, stack;
    uint64_t count;
    UT_hash_handle hh;
};

enum mark {
    MARK_ASKED = 1, /* a thread blocked in it */
    MARK_MADE = 2,  /* its initialisation is in this trace */
};

struct tc_lifecycle {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct tc_renewal *renewals;
    struct tc_dead_use *uses;
    uint8_t *marks; /* by object: enum mark */
    size_t mark_size;
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

static void set_mark(struct tc_lifecycle *self, const struct tc_step *step, enum mark mark) {
    self->marks = tc_reach(self->marks, &self->mark_size, step->record->object, 1);
    self->marks[step->record->object] |= (uint8_t)mark;
}

static bool has_mark(const struct tc_lifecycle *self, uint32_t object, enum mark mark) {
    return object < self->mark_size && (self->marks[object] & mark);
}

/* Whether a thread ever blocked in it: else there is no need to look at all of them. */
static bool was_asked_for(const struct tc_lifecycle *self, uint32_t object) {
    return has_mark(self, object, MARK_ASKED);
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
    struct tc_thread *holder =
        tc_is_lock(step->object) ? tc_holder(step->model, step->object) : NULL;
    const struct tc_held *held = holder ? tc_thread_holds(holder, step->object) : NULL;
    if (held && !holder->ended) {
        renewal->holder = holder->index;
        renewal->holder_stack = held->stack;
    }
}

/* A release of what the object was before shows that the holder gave it up in time. */
static void note_release(struct tc_lifecycle *self, const struct tc_step *step) {
    uint32_t id = step->record->object;
    if (!is_held(step->model, step->object)) {
        self->miscounted =
            tc_reach(self->miscounted, &self->miscounted_size, id, sizeof *self->miscounted);
        self->miscounted[id] = true;
    }
    if (!step->object->replaced_by)
        return;
    struct tc_renewal *renewal;
    HASH_FIND_INT(self->renewals, &step->record->object, renewal);
    if (renewal && renewal->holder == step->record->thread)
        renewal->holder = 0;
}

static void explain_renewal(struct tc_lifecycle *self, struct tc_finding *finding,
                            const struct tc_renewal *renewal, const struct tc_thread *waiter) {
    tc_finding_title(finding, "{o0} is initialised twice");
    if (renewal->holder) {
        tc_finding_stack(finding, tc_finding_thread(finding, renewal->holder),
                         renewal->holder_stack, "acquired {o0}");
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

/* Whether one run of one function did both: the same thread, called from the same places, at two
 * different ones. */
static bool is_same_run(const struct tc_lifecycle *self, const struct tc_object *object,
                        const struct tc_renewal *renewal) {
    const struct tc_trace *trace = tc_model_trace(self->model);
    struct tc_trace_stack first = tc_trace_stack(trace, object->stack);
    struct tc_trace_stack second = tc_trace_stack(trace, renewal->stack);
    if (object->thread != renewal->thread || first.count < 2 || first.count != second.count ||
        first.frames[0] == second.frames[0])
        return false;
    for (uint32_t i = 1; i < first.count; i++)
        if (first.frames[i] != second.frames[i])
            return false;
    return true;
}

/* A second initialisation is certain to be a mistake only while the first is in use, or where
 * memory cannot have become another object in between: in static storage.  Nothing can reach the
 * former object any more, so who held it or waited for it then still does at the end of the trace -
 * which, other than the moment of the second initialisation, has a certain place in the order. */
static void judge_renewal(struct tc_lifecycle *self, struct tc_renewal *renewal) {
    struct tc_object *object = tc_model_object(self->model, renewal->object);
    if (!object || !tc_certain(object) || object->destroyed || tc_shared_outside(object) ||
        (object->traits & TC_TRAIT_PHASED))
        return; /* barrier.c knows whether a round is open */
    if (!has_mark(self, renewal->object, MARK_MADE))
        return; /* made by the parent of a forked child, or by a static initialiser */
    struct tc_thread *holder = tc_is_lock(object) ? tc_holder(self->model, object) : NULL;
    if (holder && !holder->ended) {
        renewal->holder = holder->index;
        renewal->holder_stack = tc_thread_holds(holder, object)->stack;
    }
    struct tc_thread *waiter = NULL;
    if (!renewal->holder && was_asked_for(self, renewal->object))
        waiter = tc_blocked_on(self->model, object, renewal->thread);
    bool certain = renewal->holder || waiter || (object->attr & TC_ATTR_STATIC) ||
                   is_same_run(self, object, renewal);
    if (!certain && (object->attr & TC_ATTR_ON_STACK))
        return;
    struct tc_finding *finding =
        tc_finding_of(self->findings, TC_FINDING_DOUBLE_INIT, renewal->object, renewal->thread,
                      renewal->stack, "initialises {o0} again");
    if (!finding)
        return;
    explain_renewal(self, finding, renewal, waiter);
    if (!certain) {
        finding->severity = TC_SEVERITY_INFO;
        finding->confidence = TC_CONFIDENCE_POSSIBLE;
        tc_finding_explain_more(finding, "If its memory was used for something else in between, "
                                         "that is as it should be.");
    }
}

/* After a release too many libc takes a lock for used that is not: the release was the mistake. */
static void step_refused(struct tc_lifecycle *self, const struct tc_step *step) {
    uint32_t id = step->record->object;
    bool held = is_held(step->model, step->object);
    if (held || id >= self->miscounted_size || !self->miscounted[id])
        report_destroy(self, step, held, NULL);
}

static void life_step(void *opaque, const struct tc_step *step) {
    struct tc_lifecycle *self = opaque;
    struct tc_object *object = step->object;
    if (!object || !tc_certain(object))
        return;
    if (step->info->effect == TC_EFFECT_REQUEST)
        set_mark(self, step, MARK_ASKED);
    else if (step->info->effect == TC_EFFECT_CREATE)
        set_mark(self, step, MARK_MADE);
    else if (step->info->effect == TC_EFFECT_RELEASE)
        note_release(self, step);
    else if (step->info->effect == TC_EFFECT_DESTROY)
        step_destroy(self, step);
    else if (step->record->code == TC_EV_USE_DEAD)
        note_use(self, step);
    else if (step->record->code == TC_EV_REINIT)
        note_renewal(self, step);
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
    for (struct tc_renewal *renewal = self->renewals; renewal; renewal = renewal->hh.next)
        judge_renewal(self, renewal);
    for (struct tc_dead_use *use = self->uses; use; use = use->hh.next)
        judge_use(self, use);
}

static void life_destroy(void *opaque) {
    struct tc_lifecycle *self = opaque;
    struct tc_renewal *renewal, *next;
    HASH_ITER(hh, self->renewals, renewal, next) {
        HASH_DEL(self->renewals, renewal);
        free(renewal);
    }
    struct tc_dead_use *use, *next_use;
    HASH_ITER(hh, self->uses, use, next_use) {
        HASH_DEL(self->uses, use);
        free(use);
    }
    free(self->marks);
    free(self->miscounted);
    free(self);
}

const struct tc_checker tc_checker_lifecycle = {
    .name = "lifecycle",
    .help = "objects destroyed in use, used after destroy, initialised twice",
    .effects = TC_WANTS(CREATE) | TC_WANTS(DESTROY) | TC_WANTS(NONE) | TC_WANTS(REQUEST) |
               TC_WANTS(RELEASE),
    .first = TC_WANTS(REQUEST) | TC_WANTS(RELEASE),
    .create = life_create,
    .step = life_step,
    .finish = life_finish,
    .destroy = life_destroy,
};
