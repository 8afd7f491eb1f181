/* resolve.h: from what checkers state (finding.h) to what formats print (report.h).
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_RESOLVE_H
#define TC_ANALYZER_RESOLVE_H

#include "analyzer/report/resolver.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adds the process of a trace and its findings to the report.  Returns the process: valid until the
 * next call. */
struct tc_report_process *tc_report_add(struct tc_report *report, struct tc_symbols *symbols,
                                        const struct tc_report_source *source);

#ifdef __cplusplus
}
#endif
#endif
