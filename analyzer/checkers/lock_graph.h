/* lock_graph.h: which lock was asked for while which was held, and the cycles in that.
 *
 * What: a directed graph over small numbers with a bounded search for simple cycles.  Knows nothing
 *       of threads and locks: an edge carries a number of its user's.  Pure library, tested against
 *       a naive model.
 * Source: cycles by depth-first search from their smallest node inside one strongly connected
 *         component (components.h).
 * Rules: not thread-safe.  Memory goes by nodes and edges: some 30 bytes each.
 */
#ifndef TC_ANALYZER_LOCK_GRAPH_H
#define TC_ANALYZER_LOCK_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tc_lock_graph;

struct tc_lock_graph *tc_lock_graph_new(void);
void tc_lock_graph_free(struct tc_lock_graph *graph);

/* The number of the edge, counted from 0 in the order of first mention; made when new.  Nodes are
 * any numbers. */
uint32_t tc_lock_graph_edge(struct tc_lock_graph *graph, uint32_t from, uint32_t to);

/* Makes the edge when it is new; quicker where its number is of no interest. */
void tc_lock_graph_mention(struct tc_lock_graph *graph, uint32_t from, uint32_t to);

/* The number of the edge, or UINT32_MAX when there is none. */
uint32_t tc_lock_graph_find(const struct tc_lock_graph *graph, uint32_t from, uint32_t to);

size_t tc_lock_graph_edge_count(const struct tc_lock_graph *graph);
void tc_lock_graph_ends(const struct tc_lock_graph *graph, uint32_t edge, uint32_t *from,
                        uint32_t *to);

/* Sets, by number, which edges lie on a cycle of two or more; `on_cycle` has room for all edges. */
void tc_lock_graph_cyclic(struct tc_lock_graph *graph, bool *on_cycle);

/* A cycle: `edges[i]` goes from a node to the one where `edges[i+1]` begins, the last to the first.
 * Returns false to end the search. */
typedef bool tc_cycle_visit(void *context, const uint32_t *edges, uint32_t count);

/* Hands every simple cycle of 2 to `longest` edges to `visit`, shorter ones first, each once; edges
 * for which `use` says false are passed over (`use` NULL: none is).  The search takes at most
 * `steps` steps.  Returns false when it was cut short by that, or by `longest` where there may be
 * longer ones. */
bool tc_lock_graph_cycles(struct tc_lock_graph *graph, uint32_t longest, uint64_t steps,
                          bool (*use)(void *context, uint32_t edge), tc_cycle_visit *visit,
                          void *context);

#ifdef __cplusplus
}
#endif
#endif
