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

#define TC_MEMOS 2

/* What the context in a slot of a thread's cache led to the last times, by the held set before it.
 */
struct tc_known {
    uint64_t before[TC_MEMOS], after[TC_MEMOS]; /* held ids; before 0: none */
    uint32_t version[TC_MEMOS];                 /* of the thread then */
    struct tc_object *object; /* of a plain acquire; NULL: not for the short way */
    uint32_t stack;
    uint8_t code;
    bool pairs; /* nobody hears of its release either */
} __attribute__((aligned(64)));

/* Forgets what was in a slot, for the context that is in it now. */
void tc_known_begin(struct tc_known *known, struct tc_object *object, uint32_t stack, uint8_t code);

static inline void tc_known_add(struct tc_known *known, uint64_t before, uint64_t after,
                                uint32_t version) {
    known->before[1] = known->before[0];
    known->after[1] = known->after[0];
    known->version[1] = known->version[0];
    known->before[0] = before;
    known->after[0] = after;
    known->version[0] = version;
}

/* The held set that the context leads to from `before`; 0: not known at this version. */
static inline uint64_t tc_known_after(const struct tc_known *known, uint64_t before,
                                      uint32_t version) {
    uint64_t after = 0;
    for (int i = 0; i < TC_MEMOS; i++) { /* without a branch: which of them it is, is no pattern */
        bool same = (known->before[i] == before) & (known->version[i] == version);
        after |= -(uint64_t)same & known->after[i];
    }
    return after;
}

/* Takes events off the cursor as long as they are of this kind, and applies them.  `known` is by
 * slot, TC_SLOTS + 1; `doubt` is the thread's, 0 at first.  Returns how many there were. */
uint64_t tc_known_run(struct tc_cursor *cursor, struct tc_known *known,
                      struct tc_thread_state *state, struct tc_model *model, struct tc_merge *merge,
                      uint8_t *doubt);

#endif
