/* components.c: see components.h. */
#include "analyzer/base/components.h"

#include <stdlib.h>

#include "analyzer/base/memory.h"

struct tc_tarjan {
    const uint32_t *first, *target;
    uint32_t *component, *index, *low, *cursor;
    uint32_t *path;    /* from the root to where the search is */
    uint32_t *pending; /* visited and not yet in a component */
    uint32_t depth, pending_count, visited, count;
};

/* The last node of `pending`, and what came after it, are one component. */
static void close_component(struct tc_tarjan *search, uint32_t node) {
    search->count++;
    uint32_t member;
    do {
        member = search->pending[--search->pending_count];
        search->component[member] = search->count;
    } while (member != node);
}

static void leave(struct tc_tarjan *search, uint32_t node) {
    search->depth--;
    if (search->depth) {
        uint32_t before = search->path[search->depth - 1];
        if (search->low[node] < search->low[before])
            search->low[before] = search->low[node];
    }
    if (search->low[node] == search->index[node])
        close_component(search, node);
}

static void advance(struct tc_tarjan *search, uint32_t node) {
    if (!search->index[node]) {
        search->index[node] = search->low[node] = ++search->visited;
        search->pending[search->pending_count++] = node;
        search->cursor[node] = search->first[node];
    }
    if (search->cursor[node] == search->first[node + 1]) {
        leave(search, node);
        return;
    }
    uint32_t next = search->target[search->cursor[node]++];
    if (!search->index[next])
        search->path[search->depth++] = next;
    else if (!search->component[next] && search->index[next] < search->low[node])
        search->low[node] = search->index[next];
}

uint32_t tc_components(uint32_t nodes, const uint32_t *first, const uint32_t *target,
                       uint32_t *component) {
    uint32_t *memory = tc_alloc_array(nodes, 5 * sizeof *memory);
    struct tc_tarjan search = {.first = first,
                               .target = target,
                               .component = component,
                               .index = memory,
                               .low = memory + nodes,
                               .cursor = memory + (size_t)2 * nodes,
                               .path = memory + (size_t)3 * nodes,
                               .pending = memory + (size_t)4 * nodes};
    for (uint32_t n = 0; n < nodes; n++)
        component[n] = 0;
    for (uint32_t root = 0; root < nodes; root++) {
        if (search.index[root])
            continue;
        search.path[search.depth++] = root;
        while (search.depth)
            advance(&search, search.path[search.depth - 1]);
    }
    free(memory);
    return search.count;
}
