/* contexts.h: numbers for held sets, and whether a thread has been in a context before.
 *
 * What: a held set is a chain of (object, stack, event code); each link's number is made of its
 *       predecessor's number and itself, by a hash of 64 bits.  So equal chains have equal numbers
 *       without any memory, and two of a million different ones have the same with a probability of
 *       one in thirty million.  What threads have seen is kept in a cache of half a megabyte; what
 * falls out of it counts as new later.  So memory does not grow with a trace. Rules:
 * single-threaded.
 */
#ifndef TC_ANALYZER_CONTEXTS_H
#define TC_ANALYZER_CONTEXTS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tc_contexts;

/* Number of the empty held set. */
#define TC_HELD_NOTHING 1ull

struct tc_contexts *tc_contexts_new(void);
void tc_contexts_free(struct tc_contexts *contexts);

/* The number of the held set `before` with one more link; never 0 or TC_HELD_NOTHING.  Each step
 * can be undone, so that what differs in one of the three stays different. */
static inline uint64_t tc_contexts_link(uint64_t before, uint32_t object, uint32_t stack,
                                        uint8_t code) {
    uint64_t number = before * 0x9e3779b97f4a7c15ull + ((uint64_t)stack << 32 | object);
    number = (number ^ (number >> 32)) * 0xff51afd7ed558ccdull + code;
    number = (number ^ (number >> 29)) * 0xc4ceb9fe1a85ec53ull;
    number ^= number >> 32;
    return number > TC_HELD_NOTHING ? number : number + 2;
}

/* Whether this thread has had the held set `number` before at its present version: from now on it
 * has. */
bool tc_contexts_seen(struct tc_contexts *contexts, uint64_t number, uint32_t thread,
                      uint32_t version);

/* The same question, which changes nothing. */
bool tc_contexts_has(const struct tc_contexts *contexts, uint64_t number, uint32_t thread,
                     uint32_t version);

#ifdef __cplusplus
}
#endif
#endif
