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
 *
 * Memory goes by edges.  Contexts, of which there can be one for each thread, held set and lock,
 * are kept up to a limit: what is gathered of them then is dropped, only edges are gathered, and if
 * some lie on cycles at the end the trace is read again, for the contexts of these.
 */
#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/lock_cycle.h"
#include "analyzer/checkers/lock_evidence.h"
#include "analyzer/checkers/support.h"
#include "analyzer/model/engine.h"

#define CONTEXTS       (1u << 18) /* some 40 MB */
#define LEAST_EVIDENCE 4u         /* contexts of an edge when there are very many edges */

static void *order_create(const struct tc_config *config, struct tc_findings *findings,
                          const struct tc_model *model) {
    struct tc_lock_order *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    self->graph = tc_lock_graph_new();
    self->context_limit = CONTEXTS;
    if (config) {
        self->context_limit = config->lock_contexts ? config->lock_contexts : CONTEXTS;
        self->progress = config->progress;
        self->progress_context = config->progress_context;
    }
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
    return key - (key == UINT64_MAX);
}

/* The edge from what is held at `i` to what is asked for, TC_NO_NUMBER: none is to be kept.  Those
 * of private objects are left out. */
static uint32_t edge_from(struct tc_lock_order *self, const struct tc_step *step, uint32_t i,
                          uint32_t own) {
    struct tc_object *held = step->held->entries[i].object;
    if (!is_orderable(held) || is_private(self, held, step->record->thread, own))
        return TC_NO_NUMBER;
    if (self->gathering == TC_GATHER_ALL)
        return tc_lock_graph_edge(self->graph, held->id, step->object->id);
    uint32_t edge = tc_lock_graph_find(self->graph, held->id, step->object->id);
    return edge != TC_NO_NUMBER && self->wanted[edge] ? edge : TC_NO_NUMBER;
}

static void mention_edges(struct tc_lock_order *self, const struct tc_step *step, uint32_t own) {
    for (uint32_t i = 0; i < step->held->count; i++) {
        struct tc_object *held = step->held->entries[i].object;
        if (is_orderable(held) && !is_private(self, held, step->record->thread, own))
            tc_lock_graph_mention(self->graph, held->id, step->object->id);
    }
}

/* Whether some edge wants to have one more context of the step's thread. */
static bool is_wanted(struct tc_lock_order *self, const struct tc_step *step, uint32_t own) {
    if (self->gathering == TC_GATHER_ALL)
        return true;
    bool any = false;
    for (uint32_t i = 0; i < step->held->count; i++) {
        uint32_t edge = edge_from(self, step, i, own);
        if (edge == TC_NO_NUMBER)
            continue;
        if (tc_evidence_takes(self, edge, step->record->thread))
            any = true;
        else
            self->limited = true;
    }
    return any;
}

/* The context with this key, made when it is new; TC_NO_NUMBER: it is not to be kept. */
static uint32_t context_of(struct tc_lock_order *self, const struct tc_step *step, uint32_t own) {
    bool timed = step->info->flags & TC_FLAG_TIMED;
    uint64_t key = context_key(self, step, own, timed);
    uint32_t number = tc_numbers_find(&self->contexts.keys, key);
    if (number != TC_NO_NUMBER || !is_wanted(self, step, own))
        return number;
    if (self->contexts.keys.count >= self->context_limit) {
        if (self->gathering == TC_GATHER_ALL) {
            tc_evidence_drop(self);
            self->gathering = TC_GATHER_EDGES;
        }
        self->limited = true;
        return TC_NO_NUMBER;
    }
    number = tc_lock_contexts_add(&self->contexts, key, step, request_mode(step), timed);
    for (uint32_t i = 0; i < step->held->count; i++) {
        uint32_t edge = edge_from(self, step, i, own);
        if (edge != TC_NO_NUMBER && tc_evidence_takes(self, edge, step->record->thread))
            tc_evidence_add(self, edge, (struct tc_evidence){number, i});
    }
    return number;
}

static void order_request(struct tc_lock_order *self, const struct tc_step *step) {
    if (!step->held->count || !step->object || (step->info->flags & (TC_FLAG_TRY | TC_FLAG_STATE)))
        return;
    if (!is_orderable(step->object) || tc_thread_holds(step->thread, step->object))
        return;
    uint32_t own = tc_clock_get(step->clock, step->record->thread);
    if (is_private(self, step->object, step->record->thread, own))
        return;
    if (self->gathering != TC_GATHER_EDGES) {
        uint32_t number = context_of(self, step, own);
        if (number != TC_NO_NUMBER) {
            struct tc_lock_context *context = &self->contexts.all[number];
            context->count++;
            tc_lock_context_moment(context, step, own);
        }
    }
    if (self->gathering == TC_GATHER_EDGES)
        mention_edges(self, step, own);
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

/* Which edges lie on cycles; how many. */
static size_t find_wanted(struct tc_lock_order *self) {
    size_t count = tc_lock_graph_edge_count(self->graph), wanted = 0;
    self->wanted = tc_alloc(count + 1);
    tc_lock_graph_cyclic(self->graph, self->wanted);
    for (size_t i = 0; i < count; i++) {
        self->wanted[i] = self->wanted[i] && tc_lock_order_counts(self, (uint32_t)i);
        wanted += self->wanted[i];
    }
    return wanted;
}

/* How the second engine's configuration brings what is gathered to its checker. */
struct again_config {
    struct tc_config config;
    struct tc_lock_order *order;
};

static void *again_create(const struct tc_config *config, struct tc_findings *findings,
                          const struct tc_model *model) {
    (void)findings, (void)model;
    return ((const struct again_config *)config)->order;
}

static void again_destroy(void *opaque) {
    (void)opaque; /* it is not the second engine's */
}

static const struct tc_checker again;

/* Reads the trace a second time, for the contexts of the edges on cycles, if there are any. */
static void gather_again(struct tc_lock_order *self) {
    self->limited = false;
    size_t wanted = find_wanted(self);
    if (!wanted)
        return;
    self->gathering = TC_GATHER_CYCLIC;
    size_t share = CONTEXTS / wanted;
    self->evidence = share >= TC_EVIDENCE      ? TC_EVIDENCE
                     : share >= LEAST_EVIDENCE ? (uint32_t)share
                                               : LEAST_EVIDENCE;
    self->context_limit = CONTEXTS > wanted * self->evidence ? CONTEXTS : wanted * self->evidence;
    self->edge_count = self->edge_capacity = tc_lock_graph_edge_count(self->graph);
    self->edges = tc_alloc_array(self->edge_count, sizeof *self->edges);
    free(self->births);
    self->births = NULL;
    self->birth_size = 0;
    const struct tc_checker *const checkers[] = {&again, NULL};
    struct again_config config = {
        .config = {.progress = self->progress, .progress_context = self->progress_context},
        .order = self};
    struct tc_engine *engine =
        tc_engine_new(tc_model_trace(self->model), checkers, &config.config, NULL);
    tc_engine_run(engine);
    tc_engine_free(engine);
}

static void order_finish(void *opaque) {
    struct tc_lock_order *self = opaque;
    if (self->gathering == TC_GATHER_EDGES)
        gather_again(self);
    if (self->gathering != TC_GATHER_EDGES)
        tc_lock_cycles_report(self);
}

static void order_destroy(void *opaque) {
    struct tc_lock_order *self = opaque;
    tc_evidence_drop(self);
    free(self->births);
    free(self->wanted);
    tc_lock_graph_free(self->graph);
    free(self);
}

static const struct tc_checker again = {
    .name = "lock_order_again",
    .help = "contexts of cycles",
    .effects = TC_WANTS(REQUEST) | TC_WANTS(ACQUIRE) | TC_WANTS(CREATE) | TC_WANTS(RECEIVE),
    .first = TC_WANTS(REQUEST) | TC_WANTS(ACQUIRE),
    .create = again_create,
    .step = order_step,
    .destroy = again_destroy,
};

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
