/* confirm_plan.h: which findings of a report can be brought about, and the places in the code that
 * threads have to reach for it.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_CONFIRM_PLAN_H
#define TC_ANALYZER_CONFIRM_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "analyzer/report/report.h"
#include "threadcheck/steer_plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One finding to be confirmed. */
struct tc_candidate {
    char *id, *kind, *title;
    struct tc_steer_plan plan;    /* roles filled in; times are the caller's */
    char *places[TC_STEER_ROLES]; /* each role in words: "pay at bank.c:12" */
    struct tc_steer_role wait;    /* of a lost wake-up: where its waiter must be stuck */
};

struct tc_candidates {
    struct tc_candidate *entries;
    size_t count;
};

/* Reads a JSON report and takes out what can be confirmed (with `id`, that one alone).  False after
 * a message on stderr: the file is no report, or nothing in it can be confirmed. */
bool tc_candidates_read(const char *path, const char *id, struct tc_candidates *candidates);
void tc_candidates_free(struct tc_candidates *candidates);

/* Whether a finding of a new run is what the candidate foresaw: every held place is in it. */
bool tc_candidate_matches(const struct tc_candidate *candidate,
                          const struct tc_report_finding *finding);

#ifdef __cplusplus
}
#endif
#endif
