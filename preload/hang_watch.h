/* hang_watch.h: looks for threads that wait for each other while the program runs.
 *
 * What: a helper thread that wakes a few times a second, reads what the threads wait for, and has
 *       the analyzer report a hang at once.  It is the only part that judges online; what it
 *       suspects is for the analyzer to decide.
 * Rules: it is no pthread: made by a bare clone, with all signals blocked, so that glibc's count of
 *        threads, its set*id broadcast and signal delivery do not know it.  It uses system calls
 *        and the shim's own memory only.  It runs while somebody waits, and goes when the process
 *        has one thread again that does not wait.
 *        tc_watch_wanted, tc_watch_forked and tc_watch_stop are declared in recorder.h.
 */
#ifndef TC_PRELOAD_HANG_WATCH_H
#define TC_PRELOAD_HANG_WATCH_H

#include <stdbool.h>

/* Whether this processor and the options let the watch run: with hang_timeout=0 only as the clock
 * of sampling. */
bool tc_watch_possible(void);

#endif
