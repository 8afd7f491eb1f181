/* resolve_spans.h: timelines around findings and of whole runs.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_RESOLVE_SPANS_H
#define TC_ANALYZER_RESOLVE_SPANS_H

#include "analyzer/checkers/collect.h"
#include "analyzer/report/resolver.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What spans the collector is to keep for the findings, and of the whole run `limit` at most (0:
 * none); to be given to tc_span_plan_free. */
struct tc_span_plan tc_report_plan_spans(const struct tc_findings *findings, bool captures,
                                         size_t limit);

/* Add what the source has.  `first`: number of the report's finding that is the source's first. */
void tc_resolve_timelines(struct tc_report *report, const struct tc_resolver *resolver,
                          size_t first);
void tc_resolve_run(struct tc_report *report, const struct tc_resolver *resolver);

#ifdef __cplusplus
}
#endif
#endif
