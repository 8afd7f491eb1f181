/* lock_order.c: gathers which lock each thread asked for while holding which (lock_cycle.c judges).
 *
 * An edge is added when a lock is asked for (before the thread blocks, so that a hang has it), when
 * it is acquired, and when a pthread_once or a static's guard is found done: a little earlier the
 * thread would have waited for its initialiser.  A try adds none, as it cannot block, but enters
 * the held set.  A lock that the thread holds already adds none.  Semaphores of value 1 whose units
 * always come back from the thread that took them count as locks (tc_object.lock_like).
 *
 * A fresh object that only its initialiser knows cannot block anybody: its edges are left out as
 * long as no other thread used it and its initialiser sent nothing to others (created no thread,
 * signalled nobody) since the initialisation.
 */
#include "analyzer/checkers/lock_order.h"

#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"

static void *order_create(const struct tc_config *config, struct tc_findings *findings,
                          const struct tc_model *model) {
    (void)config;
    struct tc_lock_order *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    self->graph = tc_lock_graph_new();
    return self;
}

static void note_birth(struct tc_lock_order *self, const struct tc_step *step) {
    self->births =
        tc_reach(self->births, &self->birth_size, step->record->object, sizeof *self->births);
    self->births[step->record->object] =
        (struct tc_birth){step->record->thread, tc_clock_get(step->clock, step->record->thread)};
}

static void note_init(struct tc_lock_order *self, const struct tc_step *step) {
    if (!step->object || !(step->object->traits & (TC_TRAIT_LOCK | TC_TRAIT_COUNTED)) ||
        step->object->attr & (TC_ATTR_NO_INIT_SEEN | TC_ATTR_FIRST_USE))
        return;
    note_birth(self, step);
}

/* An object without an initialiser, met for the first time in memory that its user got just before.
 * Static ones and other memory may be known to all. */
static void note_first_use(struct tc_lock_order *self, const struct tc_step *step) {
    const struct tc_object *object = step->object;
    if (object && !object->users && object->attr & TC_ATTR_NO_INIT_SEEN &&
        object->attr & TC_ATTR_FRESH && object->thread == step->record->thread)
        note_birth(self, step);
}

static bool is_private(const struct tc_lock_order *self, const struct tc_object *object,
                       uint32_t thread, uint32_t own) {
    if (object->users > 1 || object->id >= self->birth_size)
        return false;
    const struct tc_birth *birth = &self->births[object->id];
    return birth->thread == thread && birth->own == own;
}

static bool is_orderable(const struct tc_object *object) {
    return (tc_is_lock(object) || object->lock_like) && !(object->attr & TC_ATTR_INTERNAL);
}

static uint8_t request_mode(const struct tc_step *step) {
    return step->info->mode == TC_MODE_NONE ? TC_MODE_EXCLUSIVE : step->info->mode;
}

/* Objects that are private now and those that no longer are make different contexts. */
static uint64_t context_key(const struct tc_lock_order *self, const struct tc_step *step,
                            uint32_t own, bool timed) {
    const struct tc_lockset *held = step->held;
    uint32_t thread = step->record->thread;
    uint64_t key = tc_key(step->record->object,
                          (uint64_t)thread << 8 | (uint64_t)request_mode(step) << 1 | timed);
    for (uint32_t i = 0; i < held->count; i++) {
        const struct tc_held *entry = &held->entries[i];
        bool private = is_private(self, entry->object, thread, own);
        key = tc_key(key, (uint64_t)entry->object->id << 8 | (uint64_t) private << 4 | entry->mode);
    }
    return key;
}

static struct tc_lock_context *context_new(struct tc_lock_order *self, const struct tc_step *step,
                                           uint64_t key, bool timed) {
    const struct tc_lockset *held = step->held;
    struct tc_lock_context *context = tc_alloc(sizeof *context);
    context->key = key;
    context->thread = step->record->thread;
    context->object = step->record->object;
    context->stack = step->record->stack;
    context->mode = request_mode(step);
    context->timed = timed;
    context->stride = 1;
    context->hold_count = held->count;
    context->holds = tc_alloc_array(held->count, sizeof *context->holds);
    for (uint32_t i = 0; i < held->count; i++)
        context->holds[i] = (struct tc_hold){held->entries[i].object->id, held->entries[i].stack,
                                             held->entries[i].mode};
    HASH_ADD(hh, self->contexts, key, sizeof context->key, context);
    return context;
}

/* Keeps this moment if it tells something new.  Of the moments between two sends of the thread the
 * first is unordered with whatever any later one is unordered with, so it stands for all.  When
 * there are too many, every second one goes. */
static void add_moment(struct tc_lock_context *context, const struct tc_step *step, uint32_t own) {
    uint32_t count = context->moment_count;
    if (count && context->moments[count - 1].own == own)
        return;
    bool keep = context->seen++ % context->stride == 0;
    if (!keep && count > 1) { /* the last one always is the newest */
        tc_snapshot_drop(context->moments[count - 1].known);
        context->moments[count - 1] =
            (struct tc_moment){own, step->record->number, tc_clock_snapshot(step->clock)};
        return;
    }
    if (count == TC_MOMENTS) {
        uint32_t left = 0;
        for (uint32_t i = 0; i < count; i++) {
            if (i % 2 == 0)
                context->moments[left++] = context->moments[i];
            else
                tc_snapshot_drop(context->moments[i].known);
        }
        context->moment_count = count = left;
        context->stride *= 2;
    }
    if (count == context->moment_size) {
        context->moment_size = count ? 2 * count : 1;
        context->moments =
            tc_realloc_array(context->moments, context->moment_size, sizeof *context->moments);
    }
    context->moments[count] =
        (struct tc_moment){own, step->record->number, tc_clock_snapshot(step->clock)};
    context->moment_count++;
}

static void add_evidence(struct tc_lock_order *self, uint32_t edge, struct tc_lock_context *context,
                         uint32_t hold) {
    while (self->edge_count <= edge) {
        self->edges =
            tc_grow(self->edges, self->edge_count, &self->edge_capacity, sizeof *self->edges);
        self->edges[self->edge_count++] = (struct tc_edge_evidence){0};
    }
    struct tc_edge_evidence *evidence = &self->edges[edge];
    uint32_t half = TC_EVIDENCE / 2, slot = evidence->count;
    if (slot >= TC_EVIDENCE)
        slot = half + (uint32_t)(evidence->seen % half);
    else if (evidence->count++ == evidence->size) {
        evidence->size = evidence->size ? 2 * evidence->size : 1;
        evidence->entries =
            tc_realloc_array(evidence->entries, evidence->size, sizeof *evidence->entries);
    }
    evidence->seen++;
    evidence->entries[slot] = (struct tc_evidence){context, hold};
}

/* Adds the edges into the requested lock; those of private objects are left out. */
static void add_edges(struct tc_lock_order *self, const struct tc_step *step,
                      struct tc_lock_context *context, uint32_t own) {
    for (uint32_t i = 0; i < step->held->count; i++) {
        struct tc_object *held = step->held->entries[i].object;
        if (is_orderable(held) && !is_private(self, held, context->thread, own))
            add_evidence(self, tc_lock_graph_edge(self->graph, held->id, step->object->id), context,
                         i);
    }
}

static void order_request(struct tc_lock_order *self, const struct tc_step *step) {
    if (!step->held->count || !step->object || (step->info->flags & (TC_FLAG_TRY | TC_FLAG_STATE)))
        return;
    if (!is_orderable(step->object) || tc_thread_holds(step->thread, step->object))
        return;
    uint32_t own = tc_clock_get(step->clock, step->record->thread);
    if (is_private(self, step->object, step->record->thread, own))
        return;
    bool timed = step->info->flags & TC_FLAG_TIMED;
    uint64_t key = context_key(self, step, own, timed);
    struct tc_lock_context *context;
    HASH_FIND(hh, self->contexts, &key, sizeof key, context);
    if (!context) {
        context = context_new(self, step, key, timed);
        add_edges(self, step, context, own);
    }
    context->count++;
    add_moment(context, step, own);
}

static void order_step(void *opaque, const struct tc_step *step) {
    struct tc_lock_order *self = opaque;
    switch (step->info->effect) {
    case TC_EFFECT_REQUEST:
        note_first_use(self, step);
        if (step->info->mode != TC_MODE_NONE)
            order_request(self, step);
        break;
    case TC_EFFECT_ACQUIRE:
        note_first_use(self, step);
        order_request(self, step);
        break;
    case TC_EFFECT_RECEIVE:
        if (step->record->code == TC_EV_WAIT_PASSED)
            order_request(self, step);
        break;
    case TC_EFFECT_CREATE:
        note_init(self, step);
        break;
    default:
        break;
    }
}

static void order_finish(void *opaque) {
    tc_lock_cycles_report(opaque);
}

static void order_destroy(void *opaque) {
    struct tc_lock_order *self = opaque;
    struct tc_lock_context *context, *next;
    HASH_ITER(hh, self->contexts, context, next) {
        HASH_DEL(self->contexts, context);
        for (uint32_t i = 0; i < context->moment_count; i++)
            tc_snapshot_drop(context->moments[i].known);
        free(context->moments);
        free(context->holds);
        free(context);
    }
    for (size_t i = 0; i < self->edge_count; i++)
        free(self->edges[i].entries);
    free(self->edges);
    free(self->births);
    tc_lock_graph_free(self->graph);
    free(self);
}

const struct tc_checker tc_checker_lock_order = {
    .name = "lock_order",
    .help = "locks taken in orders that can deadlock",
    .effects = TC_WANTS(REQUEST) | TC_WANTS(ACQUIRE) | TC_WANTS(CREATE) | TC_WANTS(RECEIVE),
    .first = TC_WANTS(REQUEST) | TC_WANTS(ACQUIRE),
    .create = order_create,
    .step = order_step,
    .finish = order_finish,
    .destroy = order_destroy,
};
