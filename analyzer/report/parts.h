/* parts.h: the life of what a report has beside findings.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_PARTS_H
#define TC_ANALYZER_PARTS_H

#include "analyzer/report/report.h"

/* After the findings are sorted: drops what refers to findings that are gone, and sorts. */
void tc_report_parts_finish(struct tc_report *report);

void tc_report_parts_free(struct tc_report *report);

#endif
