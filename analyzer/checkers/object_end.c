/* object_end.c: data-race, of a lock's end: it is destroyed, or freed, and nothing orders that with
 * the last use of another thread.
 *
 * The shim finds these (preload/race/lock_end.c), which knows the order that atomics make, too, and
 * names the threads that may have been the last; here it is looked up which of them used the object
 * and where.  Only what one module of the program both uses and ends is told: a library may hand an
 * object from thread to thread in ways of its own.
 */
#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"
#include "threadcheck/trace_format.h"
#include "trace/reader.h"

enum { LOOKED_AT = 3 }; /* frames of a use: a lock's class may be a library's */

struct tc_object_use {
    struct {
        uint32_t object, thread;
    } key;
    uint32_t stack;
    uint8_t effect;
    uint64_t when; /* in the order in which they were read */
    UT_hash_handle hh;
};

struct tc_object_end {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct tc_object_use *uses;
    uint64_t now;
    bool any; /* the trace has such a race */
};

static const struct tc_meta_race *end_at(const struct tc_trace *trace, uint64_t id) {
    const struct tc_meta_race *race = tc_trace_race(trace, id);
    return race && race->sides[0].flags & TC_RACE_END && race->sides[1].held != UINT32_MAX ? race
                                                                                           : NULL;
}

static void *end_create(const struct tc_config *config, struct tc_findings *findings,
                        const struct tc_model *model) {
    (void)config;
    struct tc_object_end *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    const struct tc_trace *trace = tc_model_trace(model);
    for (uint64_t id = 1; id <= tc_trace_race_count(trace) && !self->any; id++)
        self->any = end_at(trace, id) != NULL;
    return self;
}

static void end_step(void *opaque, const struct tc_step *step) {
    struct tc_object_end *self = opaque;
    if (!self->any || !step->object || !step->record->stack)
        return;
    struct tc_object_use probe = {.key = {step->object->id, step->thread->index}}, *use;
    HASH_FIND(hh, self->uses, &probe.key, sizeof probe.key, use);
    if (!use) {
        use = tc_alloc(sizeof *use);
        use->key = probe.key;
        HASH_ADD(hh, self->uses, key, sizeof use->key, use);
    }
    use->stack = step->record->stack;
    use->effect = step->info->effect;
    use->when = ++self->now;
}

static const struct tc_trace_module *module_of(const struct tc_trace *trace, uint64_t frame) {
    return frame & TC_FRAME_PYTHON
               ? NULL
               : tc_trace_module_at(trace, (frame & ~(uint64_t)TC_FRAME_EXACT) - 1);
}

static bool is_of_one_module(const struct tc_trace *trace, uint32_t end, uint32_t use) {
    struct tc_trace_stack ends = tc_trace_stack(trace, end), uses = tc_trace_stack(trace, use);
    const struct tc_trace_module *module = ends.count ? module_of(trace, ends.frames[0]) : NULL;
    for (uint32_t i = 0; module && i < uses.count && i < LOOKED_AT; i++)
        if (module_of(trace, uses.frames[i]) == module)
            return true;
    return false;
}

/* The newest use by one of the threads that the record names. */
static const struct tc_object_use *last_use(const struct tc_object_end *self,
                                            const struct tc_meta_race *race) {
    const struct tc_object_use *last = NULL;
    for (uint32_t i = 0; i < race->sides[1].held; i++) {
        struct tc_object_use probe = {.key = {race->sides[1].pad, race->locks[i]}}, *use;
        HASH_FIND(hh, self->uses, &probe.key, sizeof probe.key, use);
        if (use && (!last || use->when > last->when))
            last = use;
    }
    return last;
}

static void report(struct tc_object_end *self, const struct tc_meta_race *race,
                   const struct tc_object_use *use) {
    uint32_t end = race->sides[0].stack;
    const struct tc_trace_stack stack = tc_trace_stack(tc_model_trace(self->model), end);
    struct tc_finding *finding = tc_findings_add(self->findings, TC_FINDING_DATA_RACE,
                                                 tc_key(stack.frames[0], race->sides[1].pad));
    if (!finding)
        return;
    bool freed = race->sides[0].flags & TC_RACE_FREE, signals = use->effect == TC_EFFECT_SEND;
    finding->race = race;
    tc_finding_object(finding, race->sides[1].pad);
    size_t t0 = tc_finding_thread(finding, race->sides[0].thread);
    tc_finding_stack(finding, t0, end, freed ? "frees the memory of {o0}" : "destroys {o0}");
    size_t t1 = tc_finding_thread(finding, use->key.thread);
    tc_finding_stack(finding, t1, use->stack, "before, %s {o0}", signals ? "signals" : "uses");
    tc_finding_title(finding, "data race on {o0}, which is %s", freed ? "freed" : "destroyed");
    tc_finding_explain(finding,
                       "{t%zu} %s {o0}, which {t%zu} has %s, and nothing puts one before the "
                       "other: it can be gone when that is done.",
                       t0, freed ? "frees the memory of" : "destroys", t1,
                       signals ? "signalled" : "used");
    tc_finding_advise(
        finding, signals ? "Signal {o0} while the mutex is held that its waiters need, or join "
                           "the thread that signals, before it is destroyed."
                         : "Join the threads that use {o0} before this point, or count who "
                           "still does by an atomic counter or under a lock.");
}

static void end_finish(void *opaque) {
    struct tc_object_end *self = opaque;
    const struct tc_trace *trace = tc_model_trace(self->model);
    for (uint64_t id = 1; self->any && id <= tc_trace_race_count(trace); id++) {
        const struct tc_meta_race *race = end_at(trace, id);
        const struct tc_object *object =
            race ? tc_model_object(self->model, race->sides[1].pad) : NULL;
        if (!object || (object->attr & (TC_ATTR_INTERNAL | TC_ATTR_PYTHON)) ||
            tc_shared_outside(object))
            continue;
        const struct tc_object_use *use = last_use(self, race);
        if (use && is_of_one_module(trace, race->sides[0].stack, use->stack))
            report(self, race, use);
    }
}

static void end_destroy(void *opaque) {
    struct tc_object_end *self = opaque;
    struct tc_object_use *use, *next;
    HASH_ITER(hh, self->uses, use, next) {
        HASH_DEL(self->uses, use);
        free(use);
    }
    free(self);
}

const struct tc_checker tc_checker_object_end = {
    .name = "object_end",
    .help = "locks destroyed or freed in no order with their last use",
    .effects = TC_WANTS(ACQUIRE) | TC_WANTS(RELEASE) | TC_WANTS(SEND) | TC_WANTS(RECEIVE),
    .first = TC_WANTS(ACQUIRE) | TC_WANTS(RELEASE),
    .create = end_create,
    .step = end_step,
    .finish = end_finish,
    .destroy = end_destroy,
};
