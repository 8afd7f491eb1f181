/* wait_graph.c: the greatest set of waiting nodes that only wait for each other, and its causes. */
#include "analyzer/checkers/wait_graph.h"

#include <stdlib.h>

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

/* Tarjan's components, without recursion.  A component without a way out is a cause; any other node
 * takes the group of the first node with one that it leads to - which is finished before it. */
static void find_groups(struct tc_wait_graph *graph) {
    uint32_t nodes = graph->count + 1, next = 1, depth = 0, stacked = 0;
    uint32_t *index = tc_alloc_array(nodes, sizeof *index), *low = tc_alloc_array(nodes, 4);
    uint32_t *call = tc_alloc_array(nodes, sizeof *call), *cursor = tc_alloc_array(nodes, 4);
    uint32_t *stack = tc_alloc_array(nodes, sizeof *stack);
    bool *done = tc_alloc(nodes);
    for (uint32_t root = 0; root < nodes; root++) {
        if (index[root] || !graph->stuck[root])
            continue;
        call[depth++] = root;
        while (depth) {
            uint32_t v = call[depth - 1];
            if (!index[v]) {
                index[v] = low[v] = next++;
                stack[stacked++] = v;
                cursor[v] = graph->first[v];
            }
            if (cursor[v] < graph->first[v + 1]) {
                uint32_t w = graph->out[cursor[v]++];
                if (!index[w])
                    call[depth++] = w;
                else if (!done[w] && index[w] < low[v])
                    low[v] = index[w];
                continue;
            }
            depth--;
            if (depth && low[v] < low[call[depth - 1]])
                low[call[depth - 1]] = low[v];
            if (low[v] != index[v])
                continue;
            uint32_t begin = stacked, group = UINT32_MAX;
            do
                done[stack[--begin]] = true;
            while (stack[begin] != v);
            for (uint32_t i = begin; i < stacked; i++) /* members are done with this number */
                graph->group[stack[i]] = UINT32_MAX - 1;
            for (uint32_t i = begin; i < stacked && group == UINT32_MAX; i++)
                for (uint32_t k = graph->first[stack[i]]; k < graph->first[stack[i] + 1]; k++)
                    if (graph->group[graph->out[k]] != UINT32_MAX - 1) {
                        group = graph->group[graph->out[k]];
                        break;
                    }
            bool cause = group == UINT32_MAX && !(stacked - begin == 1 && v == graph->count);
            if (cause)
                group = graph->group_count++;
            for (uint32_t i = begin; i < stacked; i++) {
                graph->group[stack[i]] = group;
                graph->cause[stack[i]] = cause;
            }
            stacked = begin;
        }
    }
    free(index), free(low), free(call), free(cursor), free(stack), free(done);
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
