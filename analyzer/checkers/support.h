/* support.h: what several checkers ask of the model in the same words.
 *
 * Rules: not thread-safe; no function keeps anything.
 */
#ifndef TC_ANALYZER_SUPPORT_H
#define TC_ANALYZER_SUPPORT_H

#include "analyzer/checkers/checker.h"

#define TC_WANTS(EFFECT) (1u << TC_EFFECT_##EFFECT)

/* Whether a process that we do not see may act on the object: what it did is never our misuse. */
static inline bool tc_shared_outside(const struct tc_object *object) {
    return object->attr & (TC_ATTR_SHARED_PROCESS | TC_ATTR_NAMED);
}

/* Whether what the model says of the object can be relied on in a claim of misuse: nothing of it is
 * missing, and it is not a library's own business. */
static inline bool tc_certain(const struct tc_object *object) {
    return object->known && !object->uncertain && !(object->attr & TC_ATTR_INTERNAL);
}

/* Whether the thread may hold the object although the model does not know: events of the thread are
 * missing, or both may be older than the recording. */
static inline bool tc_may_hold(const struct tc_thread *thread, const struct tc_object *object) {
    return thread->uncertain || (thread->early && object->attr & TC_ATTR_NO_INIT_SEEN);
}

static inline bool tc_is_lock(const struct tc_object *object) {
    return object->traits & TC_TRAIT_LOCK;
}

/* Room for `index` in an array of zeros by object id: `*size` entries of `entry` bytes so far. */
void *tc_reach(void *array, size_t *size, size_t index, size_t entry);

/* Some thread that holds the object: its owner, else the first reader found, else NULL. */
struct tc_thread *tc_holder(const struct tc_model *model, const struct tc_object *object);

/* The first thread other than `except` that is blocked without a time limit on the object, or NULL.
 * Costs a walk over the threads. */
struct tc_thread *tc_blocked_on(const struct tc_model *model, const struct tc_object *object,
                                uint32_t except);

/* When part of the trace is missing, what follows from an absence is no longer certain: lowers the
 * finding to a possible one and says so. */
void tc_finding_doubt(struct tc_finding *finding, const struct tc_model *model);

/* The same when one of its threads was there before recording began: the finding holds only if that
 * one had no further lock by then. */
void tc_finding_doubt_early(struct tc_finding *finding, const struct tc_model *model);

/* The same when such a thread may be waiting on the object without our knowing. */
void tc_finding_doubt_unseen(struct tc_finding *finding, const struct tc_model *model,
                             const struct tc_object *object);

/* Begins a finding about what one thread does to one object at one place: {o0}, {t0}.  One object
 * is one cause, and so is one place in the program; NULL when it is known already. */
struct tc_finding *tc_finding_of(struct tc_findings *findings, enum tc_finding_kind kind,
                                 uint32_t object, uint32_t thread, uint32_t stack,
                                 const char *what);

/* The same for the record of a step. */
struct tc_finding *tc_finding_at(struct tc_findings *findings, enum tc_finding_kind kind,
                                 const struct tc_step *step, const char *what);

/* Adds where the object was acquired by the thread that holds it now: "acquired {oN}". */
void tc_finding_holder(struct tc_finding *finding, const struct tc_model *model,
                       const struct tc_object *object);

#endif
