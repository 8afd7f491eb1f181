/* engine.h: runs a trace through the model and the checkers.
 *
 * What: merges the threads' streams into one order (merge.h), hands each record to the checkers
 *       that want its effect, then applies it to the model.  At the end the model is in the state
 * in which the trace ends - "now", for a program that still runs - and the checkers finish.
 * Threads: single-threaded.  Memory goes by distinct threads, objects and stacks.
 */
#ifndef TC_ANALYZER_ENGINE_H
#define TC_ANALYZER_ENGINE_H

#include "analyzer/model/model.h"
#include "analyzer/model/step.h"
#include "trace/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tc_engine;

/* An engine over an open trace, which must outlive it.  `checkers` ends with NULL, like
 * tc_checkers; each is created at once. */
struct tc_engine *tc_engine_new(struct tc_trace *trace, const struct tc_checker *const *checkers,
                                const struct tc_config *config, struct tc_findings *findings);

/* Runs the whole trace and finishes the checkers.  To be called once. */
void tc_engine_run(struct tc_engine *engine);

/* What `checker->create` returned; NULL when it is none of the engine's. */
void *tc_engine_self(const struct tc_engine *engine, const struct tc_checker *checker);

/* The model: valid until tc_engine_free. */
const struct tc_model *tc_engine_model(const struct tc_engine *engine);

struct tc_engine_stats {
    uint64_t events;     /* records that were applied */
    uint64_t lost;       /* events that LOST records tell of */
    uint64_t unreadable; /* records that made no sense: unknown code, object or slot */
    uint64_t stalls;     /* places where the order had to be guessed, as tickets were missing */
    uint64_t switches;   /* from one thread's stream to another */
};
const struct tc_engine_stats *tc_engine_stats(const struct tc_engine *engine);

/* Frees the engine, its checkers and its model. */
void tc_engine_free(struct tc_engine *engine);

#ifdef __cplusplus
}
#endif
#endif
