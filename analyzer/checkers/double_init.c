/* double_init.c: double-init.
 *
 * The shim tells of an initialisation that replaces a live object (REINIT), except for mutexes on a
 * stack, whose memory it does not keep an eye on: there an INIT at the address of a live one
 * counts.
 */
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

/* The last object that was initialised at an address of a stack. */
struct tc_place {
    uint64_t address; /* the key */
    uint32_t object;
    UT_hash_handle hh;
};

struct tc_double_init {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct tc_renewal *renewals;
    struct tc_place *places;
    bool blocked; /* some thread waits for something as the trace ends */
    bool *made;   /* by object: its initialisation is in this trace */
    size_t made_size;
};

static void *double_create(const struct tc_config *config, struct tc_findings *findings,
                           const struct tc_model *model) {
    (void)config;
    struct tc_double_init *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    return self;
}

static bool is_made(const struct tc_double_init *self, uint32_t object) {
    return object < self->made_size && self->made[object];
}

static void add_renewal(struct tc_double_init *self, const struct tc_object *object,
                        uint32_t thread, uint32_t stack) {
    struct tc_renewal *renewal;
    HASH_FIND_INT(self->renewals, &object->id, renewal);
    if (renewal)
        return;
    renewal = tc_alloc(sizeof *renewal);
    renewal->object = object->id;
    renewal->thread = thread;
    renewal->stack = stack;
    HASH_ADD_INT(self->renewals, object, renewal);
    struct tc_thread *holder = tc_is_lock(object) ? tc_holder(self->model, object) : NULL;
    const struct tc_held *held = holder ? tc_thread_holds(holder, object) : NULL;
    if (held && !holder->ended) {
        renewal->holder = holder->index;
        renewal->holder_stack = held->stack;
    }
}

/* A release of what the object was before shows that the holder gave it up in time. */
static void note_release(struct tc_double_init *self, const struct tc_step *step) {
    if (!step->object->replaced_by)
        return;
    struct tc_renewal *renewal;
    HASH_FIND_INT(self->renewals, &step->record->object, renewal);
    if (renewal && renewal->holder == step->record->thread)
        renewal->holder = 0;
}

/* Whether one run of one function did both: the same thread, called from the same places, at two
 * different ones. */
static bool is_same_run(const struct tc_double_init *self, const struct tc_object *object,
                        uint32_t thread, uint32_t stack) {
    const struct tc_trace *trace = tc_model_trace(self->model);
    struct tc_trace_stack first = tc_trace_stack(trace, object->stack);
    struct tc_trace_stack second = tc_trace_stack(trace, stack);
    if (object->thread != thread || first.count < 2 || first.count != second.count ||
        first.frames[0] == second.frames[0])
        return false;
    for (uint32_t i = 1; i < first.count; i++)
        if (first.frames[i] != second.frames[i])
            return false;
    return true;
}

static void explain_renewal(struct tc_double_init *self, struct tc_finding *finding,
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

/* A second initialisation is certain to be a mistake only while the first is in use, or where
 * memory cannot have become another object in between: in static storage.  Nothing can reach the
 * former object any more, so who held it or waited for it then still does at the end of the trace -
 * which, other than the moment of the second initialisation, has a certain place in the order. */
static void judge_renewal(struct tc_double_init *self, struct tc_renewal *renewal) {
    struct tc_object *object = tc_model_object(self->model, renewal->object);
    if (!object || !tc_certain(object) || object->destroyed || tc_shared_outside(object) ||
        (object->traits & TC_TRAIT_PHASED))
        return; /* barrier.c knows whether a round is open */
    if (!is_made(self, renewal->object))
        return; /* made by the parent of a forked child, or by a static initialiser */
    struct tc_thread *holder = tc_is_lock(object) ? tc_holder(self->model, object) : NULL;
    if (holder && !holder->ended) {
        renewal->holder = holder->index;
        renewal->holder_stack = tc_thread_holds(holder, object)->stack;
    }
    struct tc_thread *waiter = NULL;
    if (!renewal->holder && self->blocked)
        waiter = tc_blocked_on(self->model, object, renewal->thread);
    bool certain = renewal->holder || waiter || (object->attr & TC_ATTR_STATIC) ||
                   is_same_run(self, object, renewal->thread, renewal->stack);
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

static void note_init(struct tc_double_init *self, const struct tc_step *step) {
    uint32_t id = step->record->object;
    self->made = tc_reach(self->made, &self->made_size, id, sizeof(bool));
    self->made[id] = true;
    if (!(step->object->attr & TC_ATTR_ON_STACK))
        return;
    struct tc_place *place;
    HASH_FIND(hh, self->places, &step->object->address, sizeof place->address, place);
    if (!place) {
        place = tc_alloc(sizeof *place);
        place->address = step->object->address;
        HASH_ADD(hh, self->places, address, sizeof place->address, place);
    }
    struct tc_object *former = place->object ? tc_model_object(step->model, place->object) : NULL;
    place->object = id;
    if (!former || former->type != step->object->type || former->destroyed || !tc_certain(former) ||
        former->replaced_by)
        return;
    if (is_same_run(self, former, step->record->thread, step->record->stack))
        add_renewal(self, former, step->record->thread, step->record->stack);
}

static void double_step(void *opaque, const struct tc_step *step) {
    struct tc_double_init *self = opaque;
    if (!step->object || !tc_certain(step->object))
        return;
    if (step->info->effect == TC_EFFECT_CREATE)
        note_init(self, step);
    else if (step->info->effect == TC_EFFECT_RELEASE)
        note_release(self, step);
    else if (step->record->code == TC_EV_REINIT)
        add_renewal(self, step->object, step->record->thread, step->record->stack);
}

static void double_finish(void *opaque) {
    struct tc_double_init *self = opaque;
    for (uint32_t i = 1; i <= tc_model_thread_count(self->model); i++) {
        const struct tc_thread *thread = tc_model_thread(self->model, i);
        self->blocked |= thread && thread->blocked.object;
    }
    for (struct tc_renewal *renewal = self->renewals; renewal; renewal = renewal->hh.next)
        judge_renewal(self, renewal);
}

static void double_destroy(void *opaque) {
    struct tc_double_init *self = opaque;
    struct tc_renewal *renewal, *next;
    HASH_ITER(hh, self->renewals, renewal, next) {
        HASH_DEL(self->renewals, renewal);
        free(renewal);
    }
    struct tc_place *place, *next_place;
    HASH_ITER(hh, self->places, place, next_place) {
        HASH_DEL(self->places, place);
        free(place);
    }
    free(self->made);
    free(self);
}

const struct tc_checker tc_checker_double_init = {
    .name = "double_init",
    .help = "objects initialised twice",
    .effects = TC_WANTS(CREATE) | TC_WANTS(NONE) | TC_WANTS(RELEASE),
    .first = TC_WANTS(RELEASE),
    .create = double_create,
    .step = double_step,
    .finish = double_finish,
    .destroy = double_destroy,
};
