/* told.h: what was printed of a hang while it stood, so that the last report need not repeat it.
 *
 * What: `analyze --hang`, which the shim starts while the program hangs, leaves the ids of what it
 *       printed in a file beside the trace (TRACE.told), with the stream that it printed to.  The
 *       report at the end reads it and removes it.
 * Rules: not thread-safe.  A file that cannot be written or read means: nothing was told.
 */
#ifndef TC_ANALYZER_TOLD_H
#define TC_ANALYZER_TOLD_H

#include "analyzer/report/report.h"

/* The findings that are shown have been printed to `fd`. */
void tc_told_write(const struct tc_report *report, int fd);

/* Removes the files of all processes of the report. */
void tc_told_forget(const struct tc_report *report);

/* Marks the findings that were printed to the same stream as `fd` before, and forgets them. */
void tc_told_read(struct tc_report *report, int fd);

#endif
