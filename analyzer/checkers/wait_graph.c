/* wait_graph.c: the greatest set of waiting nodes that only wait for each other, and its causes. */
#include "analyzer/checkers/wait_graph.h"

#include <stdlib.h>

#include "analyzer/base/components.h"
#include "analyzer/base/memory.h"

struct tc_need {
    uint32_t from, to;
};

struct tc_wait_graph {
    uint32_t count; /* nodes; node `count` stands for "any other node" in the components */
    bool *blocked, *any, *gone, *stuck, *cause;
    uint32_t *group;
    uint32_t group_count;
    struct tc_need *needs;
    size_t need_count, need_capacity;
    uint32_t *first, *out; /* needs of node n among the stuck: out[first[n]] to out[first[n + 1]] */
};

struct tc_wait_graph *tc_wait_graph_new(uint32_t count) {
    struct tc_wait_graph *graph = tc_alloc(sizeof *graph);
    size_t nodes = (size_t)count + 1;
    graph->count = count;
    graph->blocked = tc_alloc(nodes);
    graph->any = tc_alloc(nodes);
    graph->gone = tc_alloc(nodes);
    graph->stuck = tc_alloc(nodes);
    graph->cause = tc_alloc(nodes);
    graph->group = tc_alloc_array(nodes, sizeof *graph->group);
    return graph;
}

void tc_wait_graph_free(struct tc_wait_graph *graph) {
    if (!graph)
        return;
    free(graph->blocked), free(graph->any), free(graph->gone);
    free(graph->stuck), free(graph->cause);
    free(graph->group), free(graph->needs), free(graph->first), free(graph->out);
    free(graph);
}

void tc_wait_graph_block(struct tc_wait_graph *graph, uint32_t node) {
    graph->blocked[node] = true;
}

static void add_need(struct tc_wait_graph *graph, uint32_t from, uint32_t to) {
    graph->needs =
        tc_grow(graph->needs, graph->need_count, &graph->need_capacity, sizeof *graph->needs);
    graph->needs[graph->need_count++] = (struct tc_need){from, to};
}

void tc_wait_graph_needs(struct tc_wait_graph *graph, uint32_t node, uint32_t other) {
    graph->blocked[node] = true;
    add_need(graph, node, other);
}

void tc_wait_graph_needs_any(struct tc_wait_graph *graph, uint32_t node) {
    graph->blocked[node] = true;
    graph->any[node] = true;
}

void tc_wait_graph_gone(struct tc_wait_graph *graph, uint32_t node) {
    graph->gone[node] = true;
}

/* Takes away what can go on, until nothing changes.  A node goes on once all that it needs can; one
 * that anybody may wake as soon as anybody can. */
static void find_stuck(struct tc_wait_graph *graph) {
    uint32_t *open = tc_alloc_array(graph->count + 1, sizeof *open); /* needs not yet met */
    uint32_t *queue = tc_alloc_array(graph->count + 1, sizeof *queue);
    uint32_t *first = tc_alloc_array((size_t)graph->count + 3, sizeof *first);
    uint32_t *by = tc_alloc_array(graph->need_count + 1, sizeof *by);
    for (size_t i = 0; i < graph->need_count; i++) {
        open[graph->needs[i].from]++;
        first[graph->needs[i].to + 2]++;
    }
    for (uint32_t n = 2; n < graph->count + 2; n++)
        first[n] += first[n - 1];
    for (size_t i = 0; i < graph->need_count; i++)
        by[first[graph->needs[i].to + 1]++] = graph->needs[i].from;
    uint32_t head = 0, tail = 0;
    for (uint32_t n = 0; n < graph->count; n++) {
        graph->stuck[n] = graph->blocked[n] && !graph->gone[n];
        if (!graph->blocked[n] && !graph->gone[n])
            queue[tail++] = n;
    }
    bool woken = false;
    while (head < tail) {
        if (!woken) {
            woken = true;
            for (uint32_t n = 0; n < graph->count; n++)
                if (graph->stuck[n] && graph->any[n] && !open[n]) {
                    graph->stuck[n] = false;
                    queue[tail++] = n;
                }
        }
        uint32_t n = queue[head++];
        for (uint32_t i = first[n]; i < first[n + 1]; i++) {
            uint32_t waiter = by[i];
            if (--open[waiter] == 0 && graph->stuck[waiter]) {
                graph->stuck[waiter] = false;
                queue[tail++] = waiter;
            }
        }
    }
    free(open), free(queue), free(first), free(by);
}

/* The needs among stuck nodes, with the extra node between those that need anybody and all. */
static void index_needs(struct tc_wait_graph *graph) {
    uint32_t hub = graph->count;
    size_t total = graph->need_count;
    for (uint32_t n = 0; n < graph->count; n++)
        if (graph->stuck[n]) {
            add_need(graph, hub, n);
            if (graph->any[n])
                add_need(graph, n, hub);
        }
    graph->first = tc_alloc_array((size_t)graph->count + 4, sizeof *graph->first);
    graph->out = tc_alloc_array(graph->need_count + 1, sizeof *graph->out);
    graph->stuck[hub] = true;
    for (size_t i = 0; i < graph->need_count; i++)
        if (graph->stuck[graph->needs[i].from] && graph->stuck[graph->needs[i].to])
            graph->first[graph->needs[i].from + 2]++;
    for (uint32_t n = 2; n < graph->count + 3; n++)
        graph->first[n] += graph->first[n - 1];
    for (size_t i = 0; i < graph->need_count; i++)
        if (graph->stuck[graph->needs[i].from] && graph->stuck[graph->needs[i].to])
            graph->out[graph->first[graph->needs[i].from + 1]++] = graph->needs[i].to;
    graph->need_count = total;
}

/* The nodes in the order of their components, so that each comes after all it leads to. */
static uint32_t *by_component(const uint32_t *component, uint32_t nodes, uint32_t count) {
    uint32_t *place = tc_alloc_array((size_t)count + 2, sizeof *place);
    uint32_t *order = tc_alloc_array(nodes, sizeof *order);
    for (uint32_t n = 0; n < nodes; n++)
        place[component[n] + 1]++;
    for (uint32_t c = 1; c < count + 2; c++)
        place[c] += place[c - 1];
    for (uint32_t n = 0; n < nodes; n++)
        order[place[component[n]]++] = n;
    free(place);
    return order;
}

/* The group of a node outside that one of these leads to, or UINT32_MAX. */
static uint32_t group_outside(const struct tc_wait_graph *graph, const uint32_t *component,
                              const uint32_t *members, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = graph->first[members[i]]; k < graph->first[members[i] + 1]; k++)
            if (component[graph->out[k]] != component[members[i]])
                return graph->group[graph->out[k]];
    return UINT32_MAX;
}

/* A component without a way out is a cause; any other takes the group of one that it leads to. */
static void find_groups(struct tc_wait_graph *graph) {
    uint32_t nodes = graph->count + 1;
    uint32_t *component = tc_alloc_array(nodes, sizeof *component);
    uint32_t count = tc_components(nodes, graph->first, graph->out, component);
    uint32_t *order = by_component(component, nodes, count);
    for (uint32_t begin = 0, end; begin < nodes; begin = end) {
        end = begin + 1;
        while (end < nodes && component[order[end]] == component[order[begin]])
            end++;
        if (!graph->stuck[order[begin]])
            continue;
        uint32_t group = group_outside(graph, component, order + begin, end - begin);
        bool hub_alone = end - begin == 1 && order[begin] == graph->count;
        bool cause = group == UINT32_MAX && !hub_alone;
        if (cause)
            group = graph->group_count++;
        for (uint32_t i = begin; i < end; i++) {
            graph->group[order[i]] = group;
            graph->cause[order[i]] = cause;
        }
    }
    free(component), free(order);
}

void tc_wait_graph_solve(struct tc_wait_graph *graph) {
    find_stuck(graph);
    for (uint32_t n = 0; n <= graph->count; n++)
        graph->group[n] = UINT32_MAX;
    index_needs(graph);
    find_groups(graph);
}

bool tc_wait_graph_stuck(const struct tc_wait_graph *graph, uint32_t node) {
    return graph->stuck[node];
}

uint32_t tc_wait_graph_group_count(const struct tc_wait_graph *graph) {
    return graph->group_count;
}

uint32_t tc_wait_graph_group(const struct tc_wait_graph *graph, uint32_t node) {
    return graph->group[node];
}

bool tc_wait_graph_is_cause(const struct tc_wait_graph *graph, uint32_t node) {
    return graph->stuck[node] && graph->cause[node];
}
