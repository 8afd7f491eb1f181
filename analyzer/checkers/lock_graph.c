/* lock_graph.c: the graph, its strongly connected components and its cycles. */
#include "analyzer/checkers/lock_graph.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/components.h"
#include "analyzer/base/memory.h"

struct tc_edge_key {
    uint32_t from, to; /* numbers of the user's */
};

struct tc_graph_edge {
    struct tc_edge_key key;
    uint32_t number;
    uint32_t from, to; /* dense */
    UT_hash_handle hh;
};

struct tc_graph_node {
    uint32_t name; /* the user's number: the key */
    uint32_t index;
    UT_hash_handle hh;
};

struct tc_lock_graph {
    struct tc_graph_edge **edges, *by_key;
    size_t edge_count, edge_capacity;
    struct tc_graph_node *nodes;
    uint32_t node_count;
};

/* What one search works on. */
struct tc_search {
    struct tc_lock_graph *graph;
    uint32_t *first, *out; /* edges of node n: out[first[n]] to out[first[n + 1]] */
    uint32_t *target;      /* the node where out[i] ends */
    bool *used;            /* by edge */
    uint32_t *component;
    uint32_t *component_size;
    bool *on_path;
    uint32_t *path; /* edges */
    uint32_t wanted;
    uint64_t steps;
    bool cut, stop, deeper;
    tc_cycle_visit *visit;
    void *context;
};

struct tc_lock_graph *tc_lock_graph_new(void) {
    return tc_alloc(sizeof(struct tc_lock_graph));
}

void tc_lock_graph_free(struct tc_lock_graph *graph) {
    if (!graph)
        return;
    struct tc_graph_node *node, *next;
    HASH_ITER(hh, graph->nodes, node, next) {
        HASH_DEL(graph->nodes, node);
        free(node);
    }
    HASH_CLEAR(hh, graph->by_key);
    for (size_t i = 0; i < graph->edge_count; i++)
        free(graph->edges[i]);
    free(graph->edges);
    free(graph);
}

static uint32_t node_index(struct tc_lock_graph *graph, uint32_t name) {
    struct tc_graph_node *node;
    HASH_FIND_INT(graph->nodes, &name, node);
    if (node)
        return node->index;
    node = tc_alloc(sizeof *node);
    node->name = name;
    node->index = graph->node_count++;
    HASH_ADD_INT(graph->nodes, name, node);
    return node->index;
}

static struct tc_graph_edge *edge_find(const struct tc_lock_graph *graph, uint32_t from,
                                       uint32_t to) {
    struct tc_edge_key key = {from, to};
    struct tc_graph_edge *edge;
    HASH_FIND(hh, graph->by_key, &key, sizeof key, edge);
    return edge;
}

uint32_t tc_lock_graph_find(const struct tc_lock_graph *graph, uint32_t from, uint32_t to) {
    struct tc_graph_edge *edge = edge_find(graph, from, to);
    return edge ? edge->number : UINT32_MAX;
}

uint32_t tc_lock_graph_edge(struct tc_lock_graph *graph, uint32_t from, uint32_t to) {
    struct tc_graph_edge *edge = edge_find(graph, from, to);
    if (edge)
        return edge->number;
    edge = tc_alloc(sizeof *edge);
    edge->key = (struct tc_edge_key){from, to};
    edge->from = node_index(graph, from);
    edge->to = node_index(graph, to);
    edge->number = (uint32_t)graph->edge_count;
    graph->edges =
        tc_grow(graph->edges, graph->edge_count, &graph->edge_capacity, sizeof *graph->edges);
    graph->edges[graph->edge_count++] = edge;
    HASH_ADD(hh, graph->by_key, key, sizeof edge->key, edge);
    return edge->number;
}

size_t tc_lock_graph_edge_count(const struct tc_lock_graph *graph) {
    return graph->edge_count;
}

void tc_lock_graph_ends(const struct tc_lock_graph *graph, uint32_t edge, uint32_t *from,
                        uint32_t *to) {
    *from = graph->edges[edge]->key.from;
    *to = graph->edges[edge]->key.to;
}

/* Out-edges by node, in order of mention, by counting. */
static void index_edges(struct tc_search *search, bool (*use)(void *, uint32_t)) {
    struct tc_lock_graph *graph = search->graph;
    search->first = tc_alloc((graph->node_count + 2) * sizeof *search->first);
    search->out = tc_alloc((graph->edge_count + 1) * sizeof *search->out);
    search->target = tc_alloc((graph->edge_count + 1) * sizeof *search->target);
    bool *used = search->used = tc_alloc(graph->edge_count + 1);
    for (size_t i = 0; i < graph->edge_count; i++) {
        used[i] = graph->edges[i]->from != graph->edges[i]->to &&
                  (!use || use(search->context, (uint32_t)i));
        if (used[i])
            search->first[graph->edges[i]->from + 2]++;
    }
    for (uint32_t n = 2; n < graph->node_count + 2; n++)
        search->first[n] += search->first[n - 1];
    for (size_t i = 0; i < graph->edge_count; i++) {
        if (!used[i])
            continue;
        uint32_t place = search->first[graph->edges[i]->from + 1]++;
        search->out[place] = (uint32_t)i;
        search->target[place] = graph->edges[i]->to;
    }
}

static void find_components(struct tc_search *search) {
    uint32_t n = search->graph->node_count;
    search->component = tc_alloc_array((size_t)n + 1, sizeof *search->component);
    search->component_size = tc_alloc_array((size_t)n + 1, sizeof *search->component_size);
    tc_components(n, search->first, search->target, search->component);
    for (uint32_t i = 0; i < n; i++)
        search->component_size[search->component[i]]++;
}

static void search_free(struct tc_search *search) {
    free(search->first), free(search->out), free(search->target), free(search->used);
    free(search->component), free(search->component_size);
    free(search->on_path), free(search->path);
}

void tc_lock_graph_cyclic(struct tc_lock_graph *graph, bool *on_cycle) {
    struct tc_search search = {.graph = graph};
    index_edges(&search, NULL);
    find_components(&search);
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct tc_graph_edge *edge = graph->edges[i];
        on_cycle[i] = search.used[i] && search.component[edge->from] == search.component[edge->to];
    }
    search_free(&search);
}

/* Extends the path that ends at `node` and began at `start`, the smallest node of its cycles. */
static void extend(struct tc_search *search, uint32_t start, uint32_t node, uint32_t length) {
    for (uint32_t i = search->first[node]; i < search->first[node + 1] && !search->stop; i++) {
        if (!search->steps) {
            search->cut = search->stop = true;
            return;
        }
        search->steps--;
        uint32_t edge = search->out[i], to = search->target[i];
        if (to < start || search->component[to] != search->component[start])
            continue;
        search->path[length] = edge;
        if (to == start) {
            if (length + 1 == search->wanted)
                search->stop |= !search->visit(search->context, search->path, length + 1);
        } else if (!search->on_path[to]) {
            if (length + 2 > search->wanted) {
                search->deeper = true;
                continue;
            }
            search->on_path[to] = true;
            extend(search, start, to, length + 1);
            search->on_path[to] = false;
        }
    }
}

/* Cycles of two edges: for each edge its opposite, without a search. */
static void visit_pairs(struct tc_search *search) {
    struct tc_lock_graph *graph = search->graph;
    for (uint32_t start = 0; start < graph->node_count && !search->stop; start++) {
        if (search->component_size[search->component[start]] > 2)
            search->deeper = true;
        for (uint32_t i = search->first[start]; i < search->first[start + 1]; i++) {
            const struct tc_graph_edge *edge = graph->edges[search->out[i]];
            if (edge->to < start || search->component[edge->to] != search->component[start])
                continue;
            const struct tc_graph_edge *back = edge_find(graph, edge->key.to, edge->key.from);
            if (!back || !search->used[back->number])
                continue;
            search->path[0] = edge->number;
            search->path[1] = back->number;
            search->stop |= !search->visit(search->context, search->path, 2);
            if (search->stop)
                return;
        }
    }
}

bool tc_lock_graph_cycles(struct tc_lock_graph *graph, uint32_t longest, uint64_t steps,
                          bool (*use)(void *context, uint32_t edge), tc_cycle_visit *visit,
                          void *context) {
    uint32_t n = graph->node_count;
    struct tc_search search = {.graph = graph, .steps = steps, .visit = visit, .context = context};
    index_edges(&search, use);
    search.on_path = tc_alloc(n + 1);
    search.path = tc_alloc((longest + 1) * sizeof *search.path);
    find_components(&search);
    search.deeper = false;
    visit_pairs(&search);
    for (search.wanted = 3; search.wanted <= longest && search.deeper && !search.stop;
         search.wanted++) {
        search.deeper = false;
        for (uint32_t start = 0; start < n && !search.stop; start++) {
            if (search.component_size[search.component[start]] < search.wanted)
                continue;
            search.on_path[start] = true;
            extend(&search, start, start, 0);
            search.on_path[start] = false;
        }
    }
    bool whole = !search.cut && (search.stop || !search.deeper);
    search_free(&search);
    return whole;
}
