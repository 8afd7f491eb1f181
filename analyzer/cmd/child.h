/* child.h: starts the program under test and waits for it.
 * Rules: one child at a time; single-threaded.
 */
#ifndef TC_ANALYZER_CHILD_H
#define TC_ANALYZER_CHILD_H

#ifdef __cplusplus
extern "C" {
#endif

struct tc_child {
    char **argv;         /* ends with NULL */
    const char *preload; /* put before what LD_PRELOAD has; NULL: nothing */
    const char *options; /* put after what THREADCHECK_OPTIONS has */
    int pid;             /* of the child, once it runs */
};

/* Runs it to its end with the three standard streams untouched.  Signals sent to this process are
 * passed on; those from the terminal the child gets from there itself.  Returns the wait status, or
 * -1 with errno set when it could not be started. */
int tc_child_run(struct tc_child *child);

#ifdef __cplusplus
}
#endif
#endif
