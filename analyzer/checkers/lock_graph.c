/* lock_graph.c: the graph, its strongly connected components and its cycles. */
#include "analyzer/checkers/lock_graph.h"

#include <stdlib.h>

#include "analyzer/base/components.h"
#include "analyzer/base/memory.h"
#include "analyzer/base/numbers.h"

struct edge {
    uint32_t from, to; /* dense */
};

struct tc_lock_graph {
    struct tc_numbers by_ends; /* edges: from << 32 | to, of the user's numbers */
    struct edge *edges;
    size_t edge_capacity;
    struct tc_numbers by_name; /* nodes: the user's numbers */
    uint32_t *names;
    size_t node_capacity;
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
    tc_numbers_clear(&graph->by_ends);
    tc_numbers_clear(&graph->by_name);
    free(graph->edges);
    free(graph->names);
    free(graph);
}

static uint32_t node_of(struct tc_lock_graph *graph, uint32_t name) {
    bool fresh;
    uint32_t node = tc_numbers_add(&graph->by_name, name, &fresh);
    if (fresh) {
        graph->names = tc_grow(graph->names, node, &graph->node_capacity, sizeof *graph->names);
        graph->names[node] = name;
    }
    return node;
}

static uint64_t ends(uint32_t from, uint32_t to) {
    return (uint64_t)from << 32 | to;
}

uint32_t tc_lock_graph_find(const struct tc_lock_graph *graph, uint32_t from, uint32_t to) {
    return tc_numbers_find(&graph->by_ends, ends(from, to));
}

uint32_t tc_lock_graph_edge(struct tc_lock_graph *graph, uint32_t from, uint32_t to) {
    bool fresh;
    uint32_t number = tc_numbers_add(&graph->by_ends, ends(from, to), &fresh);
    if (fresh) {
        graph->edges = tc_grow(graph->edges, number, &graph->edge_capacity, sizeof *graph->edges);
        graph->edges[number] = (struct edge){node_of(graph, from), node_of(graph, to)};
    }
    return number;
}

void tc_lock_graph_mention(struct tc_lock_graph *graph, uint32_t from, uint32_t to) {
    if (!tc_numbers_has(&graph->by_ends, ends(from, to)))
        tc_lock_graph_edge(graph, from, to);
}

size_t tc_lock_graph_edge_count(const struct tc_lock_graph *graph) {
    return graph->by_ends.count;
}

static uint32_t node_count(const struct tc_lock_graph *graph) {
    return graph->by_name.count;
}

void tc_lock_graph_ends(const struct tc_lock_graph *graph, uint32_t edge, uint32_t *from,
                        uint32_t *to) {
    *from = graph->names[graph->edges[edge].from];
    *to = graph->names[graph->edges[edge].to];
}

/* Out-edges by node, in order of mention, by counting. */
static void index_edges(struct tc_search *search, bool (*use)(void *, uint32_t)) {
    struct tc_lock_graph *graph = search->graph;
    search->first = tc_alloc((node_count(graph) + 2) * sizeof *search->first);
    search->out = tc_alloc((graph->by_ends.count + 1) * sizeof *search->out);
    search->target = tc_alloc((graph->by_ends.count + 1) * sizeof *search->target);
    bool *used = search->used = tc_alloc(graph->by_ends.count + 1);
    for (size_t i = 0; i < graph->by_ends.count; i++) {
        used[i] = graph->edges[i].from != graph->edges[i].to &&
                  (!use || use(search->context, (uint32_t)i));
        if (used[i])
            search->first[graph->edges[i].from + 2]++;
    }
    for (uint32_t n = 2; n < node_count(graph) + 2; n++)
        search->first[n] += search->first[n - 1];
    for (size_t i = 0; i < graph->by_ends.count; i++) {
        if (!used[i])
            continue;
        uint32_t place = search->first[graph->edges[i].from + 1]++;
        search->out[place] = (uint32_t)i;
        search->target[place] = graph->edges[i].to;
    }
}

static void find_components(struct tc_search *search) {
    uint32_t n = node_count(search->graph);
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
    for (size_t i = 0; i < graph->by_ends.count; i++) {
        const struct edge *edge = &graph->edges[i];
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
    for (uint32_t start = 0; start < node_count(graph) && !search->stop; start++) {
        if (search->component_size[search->component[start]] > 2)
            search->deeper = true;
        for (uint32_t i = search->first[start]; i < search->first[start + 1]; i++) {
            const struct edge *edge = &graph->edges[search->out[i]];
            if (edge->to < start || search->component[edge->to] != search->component[start])
                continue;
            uint32_t back =
                tc_lock_graph_find(graph, graph->names[edge->to], graph->names[edge->from]);
            if (back == TC_NO_NUMBER || !search->used[back])
                continue;
            search->path[0] = search->out[i];
            search->path[1] = back;
            search->stop |= !search->visit(search->context, search->path, 2);
            if (search->stop)
                return;
        }
    }
}

bool tc_lock_graph_cycles(struct tc_lock_graph *graph, uint32_t longest, uint64_t steps,
                          bool (*use)(void *context, uint32_t edge), tc_cycle_visit *visit,
                          void *context) {
    uint32_t n = node_count(graph);
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
