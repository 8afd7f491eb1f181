/* components.h: the strongly connected components of a directed graph.
 *
 * What: the graph is given as two arrays, so that whoever has one in another form makes these; what
 *       the numbers mean is the caller's.  Pure, tested against naive reachability.
 * Source: R. Tarjan, Depth-first search and linear graph algorithms (1972), section 4, without
 *         recursion: a chain of a million locks must not end the stack.
 * Rules: not thread-safe.  Time and memory go by nodes and edges.
 */
#ifndef TC_ANALYZER_COMPONENTS_H
#define TC_ANALYZER_COMPONENTS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Edges lead from node n (0 to nodes-1) to target[first[n]] up to before target[first[n + 1]].
 * Sets component[n] to the number of its component, 1 to the count that is returned: a number is
 * above those of all components that its own leads to. */
uint32_t tc_components(uint32_t nodes, const uint32_t *first, const uint32_t *target,
                       uint32_t *component);

#ifdef __cplusplus
}
#endif
#endif
