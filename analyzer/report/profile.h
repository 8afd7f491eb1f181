/* profile.h: finishes the lock profile of a report.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_PROFILE_H
#define TC_ANALYZER_PROFILE_H

#include "analyzer/report/report.h"

/* Computes the times from the histograms, sorts, and keeps the first stacks. */
void tc_report_profile_finish(struct tc_report_profile *profile);

void tc_report_profile_free(struct tc_report_profile *profile);

#endif
