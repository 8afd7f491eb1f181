/* wait_graph.h: who can still go on when each waits for others.
 *
 * What: nodes that wait for all of some other nodes (a lock for those that hold it, a join for its
 *       thread) or for any node that is left (a condition that anybody may signal).  The rest can
 * go on.  Tells which nodes are stuck for ever and which groups of them are the cause.  Pure
 *       library, tested against a naive model.
 * Source: the AND-OR model of E. Knapp, Deadlock detection in distributed databases (1987),
 *         section 2.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_WAIT_GRAPH_H
#define TC_ANALYZER_WAIT_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tc_wait_graph;

/* `count` nodes, 0 to count-1, none of which waits. */
struct tc_wait_graph *tc_wait_graph_new(uint32_t count);
void tc_wait_graph_free(struct tc_wait_graph *graph);

/* The node waits.  With no `needs` at all it waits for what never comes. */
void tc_wait_graph_block(struct tc_wait_graph *graph, uint32_t node);
/* ... until `other` has gone on. */
void tc_wait_graph_needs(struct tc_wait_graph *graph, uint32_t node, uint32_t other);
/* ... until any other node that goes on wakes it. */
void tc_wait_graph_needs_any(struct tc_wait_graph *graph, uint32_t node);

/* The node is gone: it wakes nobody, and what needs it waits for ever. */
void tc_wait_graph_gone(struct tc_wait_graph *graph, uint32_t node);

/* To be called once, after all of the above. */
void tc_wait_graph_solve(struct tc_wait_graph *graph);

bool tc_wait_graph_stuck(const struct tc_wait_graph *graph, uint32_t node);

/* Groups of stuck nodes that wait for each other and for nobody else are the causes, numbered from
 * 0.  The group of a stuck node: its own when it is in one, else one that it waits for in the end.
 * UINT32_MAX for a node that is not stuck. */
uint32_t tc_wait_graph_group_count(const struct tc_wait_graph *graph);
uint32_t tc_wait_graph_group(const struct tc_wait_graph *graph, uint32_t node);
/* Whether the stuck node is part of its group, not only held up by it. */
bool tc_wait_graph_is_cause(const struct tc_wait_graph *graph, uint32_t node);

#ifdef __cplusplus
}
#endif
#endif
