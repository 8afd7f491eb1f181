/* collect_graph.c: the lock-order graph for reports: every edge, how often, and which lie on
 * cycles.
 *
 * Unlike lock_order.c, which judges, it counts: an edge is there whether or not a cycle through it
 * can happen.  Tries make none, as they cannot block.
 */
#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/collect.h"
#include "analyzer/checkers/lock_graph.h"
#include "analyzer/checkers/support.h"

struct tc_collect_graph {
    struct tc_order_graph data;
    size_t capacity;
    struct tc_lock_graph *graph; /* its edges have the numbers of data.edges */
};

static void *graph_create(const struct tc_config *config, struct tc_findings *findings,
                          const struct tc_model *model) {
    (void)config, (void)findings, (void)model;
    struct tc_collect_graph *self = tc_alloc(sizeof *self);
    self->graph = tc_lock_graph_new();
    return self;
}

static bool is_shown(const struct tc_object *object) {
    return (tc_is_lock(object) || object->lock_like) && !(object->attr & TC_ATTR_INTERNAL);
}

static void add_edge(struct tc_collect_graph *self, uint32_t from, const struct tc_step *step) {
    uint32_t edge = tc_lock_graph_edge(self->graph, from, step->object->id);
    if (edge == self->data.count) {
        self->data.edges =
            tc_grow(self->data.edges, self->data.count, &self->capacity, sizeof *self->data.edges);
        self->data.edges[self->data.count++] = (struct tc_order_edge){
            .from = from, .to = step->object->id, .stack = step->record->stack};
    }
    /* One that had to wait was counted when it asked. */
    if (step->info->effect == TC_EFFECT_REQUEST || step->thread->blocked.object != step->object)
        self->data.edges[edge].count++;
}

static void graph_step(void *opaque, const struct tc_step *step) {
    if (!step->held->count || !step->object || !is_shown(step->object) ||
        step->info->mode == TC_MODE_NONE || step->info->flags & (TC_FLAG_TRY | TC_FLAG_STATE) ||
        tc_thread_holds(step->thread, step->object))
        return;
    for (uint32_t i = 0; i < step->held->count; i++)
        if (is_shown(step->held->entries[i].object))
            add_edge(opaque, step->held->entries[i].object->id, step);
}

static void graph_finish(void *opaque) {
    struct tc_collect_graph *self = opaque;
    bool *on_cycle = tc_alloc(self->data.count + 1);
    tc_lock_graph_cyclic(self->graph, on_cycle);
    for (size_t i = 0; i < self->data.count; i++)
        self->data.edges[i].cycle = on_cycle[i];
    free(on_cycle);
}

static void graph_destroy(void *opaque) {
    struct tc_collect_graph *self = opaque;
    free(self->data.edges);
    tc_lock_graph_free(self->graph);
    free(self);
}

const struct tc_order_graph *tc_order_graph(const void *self) {
    return self ? &((const struct tc_collect_graph *)self)->data : NULL;
}

const struct tc_checker tc_collector_graph = {
    .name = "graph",
    .help = "the lock-order graph",
    .effects = TC_WANTS(REQUEST) | TC_WANTS(ACQUIRE),
    .ignored = true,
    .create = graph_create,
    .step = graph_step,
    .finish = graph_finish,
    .destroy = graph_destroy,
};
