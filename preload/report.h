/* report.h: runs the analyzer as a child that the program never notices.
 * Threads: any; raw system calls only, so also a thread without libc.
 */
#ifndef TC_PRELOAD_REPORT_H
#define TC_PRELOAD_REPORT_H

#include <stdbool.h>

/* Runs `threadcheck analyze` on this process's trace, its report on stderr, and waits for it. Gives
 * its exit status, or -1 when it could not be run.  `hang`: only what hangs now. */
int tc_report_run(bool hang);

/* Removes the trace, when it is in a directory that was made for it alone. */
void tc_report_remove_trace(void);

/* In a forked child: no report is under way. */
void tc_report_forked(void);

/* Finds what the above needs; from the constructor. */
void tc_report_prepare(void);

#endif
