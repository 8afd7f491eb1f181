/* known.h: acquisitions that a thread has made before in just this way, and plain releases.
 *
 * What: nearly all events of a long trace are of this kind.  No checker wants to see them again
 *       (tc_step.repeat), so all that is left to do for them is a few stores; known.c does it
 *       without the detour over records and steps, and for a lock that is given back at once
 *       without that over held sets, too.
 * Rules: single-threaded.
 */
#ifndef TC_ANALYZER_KNOWN_H
#define TC_ANALYZER_KNOWN_H

#include "analyzer/model/merge.h"
#include "analyzer/model/state.h"
#include "trace/decode.h"

#define TC_MEMOS 3

/* What is known of the context in a slot of a thread's cache.  Two of them fill a cache line, as
 * the slots of many threads would not stay in the near caches otherwise. */
struct tc_known {
    struct tc_object *object;  /* of a plain acquire; NULL: not for the short way */
    uint32_t before[TC_MEMOS]; /* held sets from which the thread came to it, newest first; 0: none.
                                  31 bits of their numbers: one of a thousand million times a new
                                  one is taken for one of these */
    uint32_t version;          /* of the thread then */
    uint32_t stack;
    uint8_t code;
} __attribute__((aligned(32)));
_Static_assert(sizeof(struct tc_known) == 32, "two to a cache line");

/* Forgets what was in a slot, for the context that is in it now. */
void tc_known_begin(struct tc_known *known, struct tc_object *object, uint32_t stack, uint8_t code);

static inline uint32_t tc_known_short(uint64_t held_id) {
    return (uint32_t)held_id | 1;
}

static inline void tc_known_add(struct tc_known *known, uint64_t before, uint32_t version) {
    bool same = known->version == version;
    for (int i = TC_MEMOS - 1; i > 0; i--)
        known->before[i] = same ? known->before[i - 1] : 0;
    known->before[0] = tc_known_short(before);
    known->version = version;
}

/* Whether the thread came to the context from the held set `before` at this version. */
static inline bool tc_known_from(const struct tc_known *known, uint64_t before, uint32_t version) {
    bool found = false;
    for (int i = 0; i < TC_MEMOS; i++) /* without a branch: which of them it is, is no pattern */
        found |= known->before[i] == tc_known_short(before);
    return found & (known->version == version);
}

/* Takes events off the cursor as long as they are of this kind, and applies them.  `known` is by
 * slot, TC_SLOTS + 1; `doubt` is the thread's, 0 at first.  Returns how many there were. */
uint64_t tc_known_run(struct tc_cursor *cursor, struct tc_known *known,
                      struct tc_thread_state *state, struct tc_model *model, struct tc_merge *merge,
                      uint8_t *doubt);

#endif
