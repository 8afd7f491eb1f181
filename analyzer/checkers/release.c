/* release.c: double-release, release-by-non-owner, semaphore-overflow.
 *
 * A release is recorded before the call, so the model says who held the object at that moment.  A
 * call that was refused (RELEASE_FAILED) is a finding as well: the program believed that it held
 * the lock.
 */
#include <errno.h>
#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"

/* An object that was initialised again: which one it was before. */
struct tc_renewed {
    uint32_t now;    /* id: the key */
    uint32_t holder; /* thread that held what it was before, 0: nobody */
    UT_hash_handle hh;
};

/* A release that was refused by a lock that nobody held at that point of the order.  The refusal
 * takes no ticket, so that point is not exact: who used the lock decides, at the end. */
struct tc_refusal {
    uint32_t object; /* id: the key */
    uint32_t thread, stack;
    UT_hash_handle hh;
};

struct tc_release {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct tc_renewed *renewed;
    struct tc_refusal *refusals;
};

static void *release_create(const struct tc_config *config, struct tc_findings *findings,
                            const struct tc_model *model) {
    (void)config;
    struct tc_release *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    return self;
}

/* Where it was released before: the place that a double release most often competes with. */
static void add_last_release(struct tc_finding *finding, const struct tc_object *object) {
    if (!object->release_kept)
        return;
    size_t t = tc_finding_thread(finding, object->last_release_thread);
    tc_finding_stack(finding, t, object->last_release_stack, "released {o0} before");
}

static void report_double(struct tc_release *self, const struct tc_object *object, uint32_t thread,
                          uint32_t stack, bool refused) {
    struct tc_finding *finding =
        tc_finding_of(self->findings, TC_FINDING_DOUBLE_RELEASE, object->id, thread, stack,
                      "releases {o0}, which nobody holds");
    if (!finding)
        return;
    tc_finding_title(finding, "{o0} is released while nobody holds it");
    if (object->acquisitions)
        tc_finding_explain(finding, "{t0} releases {o0}, but nobody holds it: it was released "
                                    "already, or this path never acquired it.");
    else
        tc_finding_explain(finding,
                           "{t0} releases {o0}, but nobody ever acquired it in this program.");
    if (!refused && !(object->attr & (TC_ATTR_ERRORCHECK | TC_ATTR_RECURSIVE)) &&
        (object->traits & TC_TRAIT_OWNED))
        tc_finding_explain_more(finding, "What such a release does is undefined; it can let two "
                                         "threads into one critical section.");
    tc_finding_advise(finding, "Release {o0} exactly once on each path that acquired it.");
    add_last_release(finding, object);
    tc_finding_doubt(finding, self->model);
}

static void report_non_owner(struct tc_release *self, const struct tc_object *object,
                             uint32_t thread, uint32_t stack) {
    struct tc_finding *finding =
        tc_finding_of(self->findings, TC_FINDING_RELEASE_BY_NON_OWNER, object->id, thread, stack,
                      "releases {o0}, which it does not hold");
    if (!finding)
        return;
    tc_finding_holder(finding, self->model, object);
    if (finding->thread_count > 1) {
        tc_finding_title(finding, "{t0} releases {o0}, which {t1} holds");
        tc_finding_explain(finding,
                           "{t0} releases {o0} while {t1} holds it: {t1} goes on in its critical "
                           "section, no longer protected.");
    } else {
        tc_finding_title(finding, "{t0} releases {o0}, which another thread holds");
        tc_finding_explain(finding, "{t0} releases {o0}, but another thread holds it.");
    }
    tc_finding_advise(finding, "Only the thread that acquired {o0} may release it. To wake or "
                               "admit another thread use a condition or a semaphore.");
    tc_finding_doubt(finding, self->model);
}

/* BoundedSemaphore above its initial value, semaphore above the greatest value. */
static void report_above(struct tc_release *self, const struct tc_step *step) {
    const struct tc_object *object = step->object;
    if (object->traits & TC_TRAIT_BOUNDED) {
        struct tc_finding *finding = tc_finding_at(self->findings, TC_FINDING_DOUBLE_RELEASE, step,
                                                   "releases {o0} above its initial value");
        if (!finding)
            return;
        tc_finding_title(finding, "{o0} is released more often than acquired");
        tc_finding_explain(finding,
                           "{t0} releases {o0} although all its units (%u) are there already: a "
                           "unit is given back twice, or was never taken.",
                           object->value);
        tc_finding_advise(finding, "Give each unit of {o0} back exactly once.");
        if (!(step->info->flags & TC_FLAG_FAILED)) /* else the semaphore itself said so */
            tc_finding_doubt(finding, self->model);
        return;
    }
    struct tc_finding *finding = tc_finding_at(self->findings, TC_FINDING_SEMAPHORE_OVERFLOW, step,
                                               "raises {o0} above its greatest value");
    if (!finding)
        return;
    tc_finding_explain(finding, "{t0} posts {o0}, but its value is at its maximum: the post is "
                                "lost, and so is the wake-up that it stood for.");
    tc_finding_advise(finding, "Find out why {o0} is posted more often than it is waited for.");
}

static void note_renewed(struct tc_release *self, const struct tc_step *step) {
    uint32_t now = (uint32_t)step->record->arg;
    struct tc_renewed *renewed;
    HASH_FIND_INT(self->renewed, &now, renewed);
    if (renewed)
        return;
    renewed = tc_alloc(sizeof *renewed);
    renewed->now = now;
    struct tc_thread *holder =
        step->object && tc_is_lock(step->object) ? tc_holder(step->model, step->object) : NULL;
    renewed->holder = holder ? holder->index : 0;
    HASH_ADD_INT(self->renewed, now, renewed);
}

/* Whether the thread holds what the object was before it was initialised again: that is the
 * mistake, not this release. */
static bool holds_former(struct tc_release *self, const struct tc_step *step) {
    struct tc_renewed *renewed;
    HASH_FIND_INT(self->renewed, &step->record->object, renewed);
    return renewed && renewed->holder == step->record->thread;
}

static void note_refusal(struct tc_release *self, const struct tc_step *step) {
    struct tc_refusal *refusal;
    HASH_FIND_INT(self->refusals, &step->record->object, refusal);
    if (refusal)
        return;
    refusal = tc_alloc(sizeof *refusal);
    refusal->object = step->record->object;
    refusal->thread = step->record->thread;
    refusal->stack = step->record->stack;
    HASH_ADD_INT(self->refusals, object, refusal);
}

/* Which mistake a release of a lock is that its thread does not hold. */
static void judge_lock(struct tc_release *self, const struct tc_step *step) {
    const struct tc_object *object = step->object;
    const struct tc_record *record = step->record;
    if (object->replaced_by || holds_former(self, step))
        return; /* the second initialisation, which has no certain place in the order */
    bool refused = step->info->flags & TC_FLAG_FAILED;
    if (refused && record->arg == 1) { /* the lock said so, whatever its place in the order */
        report_double(self, object, record->thread, record->stack, refused);
        return;
    }
    bool held_by_other = (object->owner && object->owner != step->thread->index) ||
                         (!object->owner && object->readers);
    if (held_by_other) {
        if (object->traits & TC_TRAIT_OWNED)
            report_non_owner(self, object, record->thread, record->stack);
        return;
    }
    if (object->owner || tc_shared_outside(object))
        return;
    if ((object->attr & TC_ATTR_HELD_WHEN_SEEN) && !object->last_release_thread)
        return; /* whoever held it then gives it back now */
    if (refused && (object->traits & TC_TRAIT_OWNED) &&
        object->last_release_thread != record->thread)
        note_refusal(self, step);
    else
        report_double(self, object, record->thread, record->stack, refused);
}

static void step_release(struct tc_release *self, const struct tc_step *step) {
    struct tc_object *object = step->object;
    if (object->destroyed || (step->info->flags & TC_FLAG_WAIT))
        return; /* the checkers of life cycle and conditions speak of these */
    if (tc_is_lock(object)) {
        if (!tc_thread_holds(step->thread, object) && !tc_may_hold(step->thread, object))
            judge_lock(self, step);
        return;
    }
    uint64_t units = step->record->arg ? step->record->arg : 1;
    if ((object->traits & TC_TRAIT_BOUNDED) && !(object->attr & TC_ATTR_NO_INIT_SEEN) &&
        object->units + (int64_t)units > (int64_t)object->value)
        report_above(self, step);
}

static void step_failed(struct tc_release *self, const struct tc_step *step) {
    struct tc_object *object = step->object;
    if (object->traits & TC_TRAIT_COUNTED) {
        if (step->record->result == EOVERFLOW || (object->traits & TC_TRAIT_BOUNDED))
            report_above(self, step);
    } else if (tc_is_lock(object) && step->record->result == EPERM) {
        if (tc_thread_holds(step->thread, object) || tc_may_hold(step->thread, object))
            return; /* the model is wrong, not the program */
        judge_lock(self, step);
    }
}

static void release_step(void *opaque, const struct tc_step *step) {
    struct tc_release *self = opaque;
    if (!step->object || !tc_certain(step->object))
        return;
    if (step->info->effect == TC_EFFECT_RELEASE)
        step_release(self, step);
    else if (step->record->code == TC_EV_RELEASE_FAILED)
        step_failed(self, step);
    else if (step->record->code == TC_EV_REINIT)
        note_renewed(self, step);
}

static void release_finish(void *opaque) {
    struct tc_release *self = opaque;
    for (struct tc_refusal *refusal = self->refusals; refusal; refusal = refusal->hh.next) {
        const struct tc_object *object = tc_model_object(self->model, refusal->object);
        if (!object || !tc_certain(object))
            continue;
        if (object->users > 1)
            report_non_owner(self, object, refusal->thread, refusal->stack);
        else
            report_double(self, object, refusal->thread, refusal->stack, true);
    }
}

static void release_destroy(void *opaque) {
    struct tc_release *self = opaque;
    struct tc_refusal *refusal, *next_refusal;
    HASH_ITER(hh, self->refusals, refusal, next_refusal) {
        HASH_DEL(self->refusals, refusal);
        free(refusal);
    }
    struct tc_renewed *renewed, *next;
    HASH_ITER(hh, self->renewed, renewed, next) {
        HASH_DEL(self->renewed, renewed);
        free(renewed);
    }
    free(self);
}

const struct tc_checker tc_checker_release = {
    .name = "release",
    .help = "locks and semaphores released by who does not hold them",
    .effects = TC_WANTS(RELEASE) | TC_WANTS(NONE),
    .first = TC_WANTS(RELEASE),
    .create = release_create,
    .step = release_step,
    .finish = release_finish,
    .destroy = release_destroy,
};
