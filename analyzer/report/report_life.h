/* report_life.h: a report from its start to its end.
 *
 * In this order: made, told what is wanted, filled (resolve.h), findings put aside, finished,
 * printed (format.h), freed.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_REPORT_LIFE_H
#define TC_ANALYZER_REPORT_LIFE_H

#include "analyzer/report/report.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tc_report *tc_report_new(void);

/* Makes the parts (enum tc_report_part) wanted: empty ones, to be added to. */
void tc_report_want(struct tc_report *report, unsigned parts);

/* Puts a finding aside, which then belongs to the list there; `by` is copied. */
void tc_report_put_aside(struct tc_report *report, const struct tc_report_finding *finding,
                         bool in_baseline, const char *by);

/* Merges findings with one id, sorts, hides what is below `least` and counts.  After everything
 * was added and suppressed. */
void tc_report_finish(struct tc_report *report, enum tc_severity least);

/* NULL: nothing is done. */
void tc_report_free(struct tc_report *report);

#ifdef __cplusplus
}
#endif
#endif
