/* hang_check.h: one look of the hang watch at what all threads wait for.
 * Threads: called by the watch's thread alone, which has no libc: system calls and the shim's own
 *          memory only.
 */
#ifndef TC_PRELOAD_HANG_CHECK_H
#define TC_PRELOAD_HANG_CHECK_H

enum tc_hang {
    TC_HANG_NOBODY_WAITS, /* and there is one thread at most: the watch is not needed */
    TC_HANG_NONE,
    TC_HANG_REPORTED, /* a hang was found, and stood when looked at twice */
};

/* Looks; reports what it finds, each hang once; with on_deadlock=abort ends the process then. */
enum tc_hang tc_hang_check(void);

/* In a forked child: nothing was seen yet. */
void tc_hang_forget(void);

#endif
