/* step.h: what the engine hands to a checker, and what a checker is to the engine.
 *
 * The engine hands every record whose effect a checker asks for to its `step`, joined with the
 * model.  The record is not applied yet: `held`, object and thread states are those just before it.
 * Rules: single-threaded; a checker keeps memory by distinct contexts, never by events.
 */
#ifndef TC_ANALYZER_STEP_H
#define TC_ANALYZER_STEP_H

#include <stddef.h>

#include "analyzer/model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tc_findings; /* checkers/finding.h; the engine only passes it on */

struct tc_span_plan; /* checkers/collect.h; likewise */

struct tc_config {
    bool single_process;  /* reserved: no option of a checker yet */
    bool no_short_way;    /* for tests: every record takes the long way (known.h) */
    size_t lock_contexts; /* how many lock_order.c keeps before it reads twice; 0: the usual */
    uint64_t long_hold;   /* ns that somebody had to wait for a lock; 0: the usual */
    struct tc_span_plan *spans; /* what the collector of spans is to keep; NULL: nothing */
    void (*progress)(void *context, double part); /* called now and then with the part done, of 1;
                                                     NULL: nobody asks */
    void *progress_context;
};

struct tc_step {
    const struct tc_record *record;
    const struct tc_event_info *info;
    struct tc_thread *thread;
    struct tc_object *object; /* NULL: the event has none */
    const struct tc_lockset *held;
    struct tc_clock *clock;
    const struct tc_model *model;
    uint64_t held_id; /* number of the held set as it is now: equal numbers mean the same chain of
                         (object, stack, event code); the same chain may get a new number later */
    bool repeat; /* REQUEST and ACQUIRE: this thread did this before (same held_id, object, stack
                    and code) at its present version (tc_thread.version).  RELEASE: it releases
                    what it holds.  Never set when the model's state is out of the ordinary
                    (destroyed, owned by another, held already and not recursive, uncertain) nor for
                    an acquire that had to wait */
};

struct tc_checker {
    const char *name, *help;
    uint32_t effects; /* 1 << enum tc_effect, each that it wants */
    uint32_t first;   /* those of `effects` where steps with `repeat` are not wanted: this is what
                         makes a checker cheap */
    bool ignored;     /* also steps of threads inside IGNORE_BEGIN..IGNORE_END */
    void *(*create)(const struct tc_config *config, struct tc_findings *findings,
                    const struct tc_model *model);
    void (*step)(void *self, const struct tc_step *step);
    void (*finish)(void *self); /* end of the trace; the model is in its last state */
    void (*destroy)(void *self);
    /* Optional: `count` events of the thread (0: nobody knows how many) are missing here.  It holds
     * nothing any more as far as the model knows. */
    void (*lost)(void *self, const struct tc_thread *thread, uint64_t count);
};

#ifdef __cplusplus
}
#endif
#endif
