/* lock_contexts.h: the ways in which threads asked for locks with others held.
 *
 * A context is one way in which one thread asked for one lock: with these locks held, in these
 * modes.  It stands for any number of events and stacks and keeps the first of them.  Its moments
 * are where in the happens-before order it was seen.
 * Rules: not thread-safe.  Some 100 bytes a context: what is held is kept once for all threads and
 *        locks that were asked for with it.
 */
#ifndef TC_ANALYZER_LOCK_CONTEXTS_H
#define TC_ANALYZER_LOCK_CONTEXTS_H

#include "analyzer/base/numbers.h"
#include "analyzer/checkers/checker.h"

#define TC_MOMENTS 8 /* kept of one context: the first, the last, evenly spaced ones between */

struct tc_moment {
    uint32_t own;    /* the thread's own entry of its clock */
    uint64_t number; /* of the record */
    struct tc_snapshot *known;
};

struct tc_hold { /* a lock that is held */
    uint32_t object, stack;
    uint8_t mode;
};

struct tc_lock_context {
    uint32_t thread, object, stack;
    uint32_t holds; /* where they begin among all */
    uint32_t hold_count;
    uint8_t mode;
    bool timed;
    uint8_t moment_count, moment_size; /* mostly one: as few as there are */
    uint32_t stride, seen;
    uint64_t count;
    union {
        struct tc_moment only;     /* with a moment_size of 1 */
        struct tc_moment *moments; /* with more */
    };
};

/* Empty when all zero. */
struct tc_lock_contexts {
    struct tc_numbers keys; /* each context's number is its place in `all` */
    struct tc_lock_context *all;
    size_t capacity;
    struct tc_hold *holds;
    size_t hold_count, hold_capacity;
    struct tc_numbers hold_keys; /* by what is held */
    uint32_t *hold_begins;       /* by their numbers */
    size_t hold_begin_capacity;
};

/* Forgets all. */
void tc_lock_contexts_clear(struct tc_lock_contexts *contexts);

/* A new context with this key, which has none, for what the step asks. */
uint32_t tc_lock_contexts_add(struct tc_lock_contexts *contexts, uint64_t key,
                              const struct tc_step *step, uint8_t mode, bool timed);

/* Keeps this moment of the context if it tells something new. */
void tc_lock_context_moment(struct tc_lock_context *context, const struct tc_step *step,
                            uint32_t own);

static inline const struct tc_moment *tc_moments_of(const struct tc_lock_context *context) {
    return context->moment_size > 1 ? context->moments : &context->only;
}

static inline const struct tc_hold *tc_holds_of(const struct tc_lock_contexts *contexts,
                                                const struct tc_lock_context *context) {
    return &contexts->holds[context->holds];
}

#endif
