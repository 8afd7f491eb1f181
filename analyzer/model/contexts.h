/* contexts.h: numbers for held sets, and whether a thread has been in a context before.
 *
 * What: a held set is a chain of (object, stack, event code); each link gets a number by its
 *       predecessor's number and itself.  Two caches of fixed size remember links and what each
 *       thread has seen; what falls out of them gets a new number, or counts as new, later.  So
 *       memory does not grow with a trace, and equal numbers always mean equal chains.
 * Rules: single-threaded.
 */
#ifndef TC_ANALYZER_CONTEXTS_H
#define TC_ANALYZER_CONTEXTS_H

#include <stdbool.h>
#include <stdint.h>

struct tc_contexts;

/* Number of the empty held set. */
#define TC_HELD_NOTHING 1ull

/* `large`: for a long trace; 16 MB instead of half a one. */
struct tc_contexts *tc_contexts_new(bool large);
void tc_contexts_free(struct tc_contexts *contexts);

/* The number of the held set `before` with one more link. */
uint64_t tc_contexts_link(struct tc_contexts *contexts, uint64_t before, uint32_t object,
                          uint32_t stack, uint8_t code);

/* The same, into `number`; and whether this thread has had it before at its present version: from
 * now on it has. */
bool tc_contexts_look(struct tc_contexts *contexts, uint64_t before, uint32_t object,
                      uint32_t stack, uint8_t code, uint32_t thread, uint32_t version,
                      uint64_t *number);

#endif
