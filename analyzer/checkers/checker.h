/* checker.h: what a checker is.  One file and one row in checkers.def each.
 *
 * The engine hands every record whose effect a checker asks for to its `step`, joined with the
 * model.  The record is not applied yet: `held`, object and thread states are those just before it.
 * Rules: single-threaded; a checker keeps memory by distinct contexts, never by events.
 */
#ifndef TC_ANALYZER_CHECKER_H
#define TC_ANALYZER_CHECKER_H

#include "analyzer/checkers/finding.h"
#include "analyzer/model/model.h"

struct tc_config {
    bool single_process; /* reserved: no option of a checker yet */
};

struct tc_step {
    const struct tc_record *record;
    const struct tc_event_info *info;
    struct tc_thread *thread;
    struct tc_object *object; /* NULL: the event has none */
    const struct tc_lockset *held;
    struct tc_clock *clock;
    const struct tc_model *model;
};

struct tc_checker {
    const char *name, *help;
    uint32_t effects; /* 1 << enum tc_effect, each that it wants */
    void *(*create)(const struct tc_config *config, struct tc_findings *findings,
                    const struct tc_model *model);
    void (*step)(void *self, const struct tc_step *step);
    void (*finish)(void *self); /* end of the trace; the model is in its last state */
    void (*destroy)(void *self);
};

/* All of them, in the order of checkers.def; ends with NULL. */
extern const struct tc_checker *const tc_checkers[];

#endif
