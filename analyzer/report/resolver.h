/* resolver.h: how the names and lines of one trace are found, and who finds which.
 *
 * For the files of this folder; resolve.h is their entrance.  Strings returned are to be freed.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_RESOLVER_H
#define TC_ANALYZER_RESOLVER_H

#include "analyzer/model/model.h"
#include "analyzer/report/report.h"
#include "analyzer/report/source_lines.h"
#include "analyzer/report/symbolize.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tc_report_module {
    uint64_t start, end, bias;
    const void *build_id;
    size_t build_id_size;
    const char *path;
};

/* As tc_meta_code. */
struct tc_report_code {
    const char *file, *name;
    uint32_t first_line;
};

struct tc_order_graph; /* checkers/collect.h, as tc_span_plan */

/* One trace, as the report sees it.  The callbacks hide how it is stored. */
struct tc_report_source {
    const struct tc_model *model;
    const struct tc_findings *findings;
    const char *trace;                  /* path of the file */
    const struct tc_order_graph *graph; /* what collectors gathered; each may be NULL */
    const void *profile;
    const struct tc_span_plan *spans; /* made by tc_report_plan_spans and filled */
    uint64_t start;                   /* ns since the Unix epoch */
    void *context;
    /* The frames of a stack, innermost first, with TC_FRAME_EXACT; 0 when there is none. */
    size_t (*stack)(void *context, uint32_t stack, const uint64_t **frames, bool *truncated);
    /* The module that lay at `address` when stack `stack` was recorded (0: at the end). */
    bool (*module)(void *context, uint64_t address, uint32_t stack,
                   struct tc_report_module *module);
    /* The function of an interpreted program; false: it is not known.
     * May be NULL. */
    bool (*code)(void *context, uint32_t id, struct tc_report_code *code);
};

/* One trace while it is resolved. */
struct tc_resolver {
    struct tc_symbols *symbols;
    struct tc_source_lines *sources;
    const struct tc_report_source *source;
    struct tc_report_process *process;
    bool flags_seen; /* by tc_race_any_flag */
};

/* What the source says at the place where an object was created or first used: "session->lock" of
 * pthread_mutex_init(&session->lock, NULL); to be freed.  NULL when the source is not at hand, is
 * newer than the program, or does not say. */
char *tc_source_name(struct tc_source_lines *sources, const struct tc_report_frames *frames);

/* Add the graph and the profile that the source has (resolve_graph.c, resolve_profile.c).  `first`:
 * number of the report's finding that is the source's first. */
void tc_resolve_graph(struct tc_report *report, const struct tc_resolver *resolver, size_t first);
void tc_resolve_profile(struct tc_report *report, const struct tc_resolver *resolver);

/* What a data race is about: "counter", "accounts[3].balance", "byte 8 of a heap block". */
struct tc_report_object tc_resolve_race(const struct tc_resolver *resolver,
                                        const struct tc_meta_race *race);

/* Whether debug information shows both accesses to be atomic; else what it says of the race, added
 * to its finding (judge_race.c). */
bool tc_race_is_none(const struct tc_resolver *resolver, const struct tc_meta_race *race);

/* Whether some race, in code that debug information does not explain, is on what may be a flag that
 * is handed over by atomic moves. */
bool tc_race_any_flag(const struct tc_resolver *resolver);
void tc_race_judge(const struct tc_resolver *resolver, const struct tc_meta_race *race,
                   struct tc_report_finding *finding);

/* Lowers lock-held-at-thread-exit where a runtime leaves its lock on purpose. */
void tc_exit_judge(struct tc_report_finding *finding);

struct tc_report_frames tc_resolve_stack(const struct tc_resolver *resolver, uint32_t stack);
struct tc_report_thread tc_resolve_thread(const struct tc_resolver *resolver, uint32_t index);
struct tc_report_object tc_resolve_object(const struct tc_resolver *resolver, uint32_t id);

/* A finding with objects and threads resolved, and what it was made of. */
struct tc_filling {
    const struct tc_resolver *resolver;
    const struct tc_finding *from;
    const struct tc_report_finding *finding;
};

/* Fills the placeholders of a text in.  In `sentences` a thread's label gets a capital where one
 * begins. */
char *tc_resolve_text(const struct tc_filling *filling, const char *format, bool sentences);

/* Sets the finding's id from what does not change from run to run. */
void tc_report_identify(struct tc_report_finding *finding);

#ifdef __cplusplus
}
#endif
#endif
