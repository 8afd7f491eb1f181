/* sample_event.h: the kernel's watchpoints, and the signal by which they tell.
 *
 * What: a few threads have a watch each while a session of sampling lasts, and one of them may have
 *       a clock; between sessions there is nothing, so that nothing is paid for.
 * Threads: take by who creates the first thread; open and shut by the hang watch; the rest by any,
 *          in signal handlers, too.
 */
#ifndef TC_PRELOAD_RACE_SAMPLE_EVENT_H
#define TC_PRELOAD_RACE_SAMPLE_EVENT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#define TC_WATCHED_THREADS 8 /* each with one of the processor's four watchpoints */
#define TC_WATCH_CLOCK     TC_WATCHED_THREADS

enum tc_watch_kind { TC_WATCH_NOTHING, TC_WATCH_CODE, TC_WATCH_WRITES, TC_WATCH_ACCESSES };

/* What is watched: `size` is 1, 2, 4 or 8 and `address` a multiple of it. */
struct tc_watch {
    enum tc_watch_kind kind;
    uintptr_t address;
    unsigned size;
};

/* A trap of the calling thread; `which` says whose watch of those that were opened, or
 * TC_WATCH_CLOCK. */
typedef void tc_trap(unsigned which, uintptr_t address, ucontext_t *context);

/* Takes SIGTRAP over; false: *why says what is in the way. */
bool tc_watches_take(tc_trap *trap, const char **why);

/* Whether this process may ask for watches now, by /proc: NULL, or what is in the way. */
const char *tc_watches_obstacle(void);

/* Opens watches in `count` threads, and in the first of them, when `clock` is not 0, a clock that
 * tells each so many ns of its time.  How many could be opened; 0 where the kernel refuses: *why
 * says why, or is NULL where just these threads are gone. */
unsigned tc_watches_open(const int *tids, unsigned count, struct tc_watch watch, uint64_t clock,
                         const char **why);

/* Sets all anew; false: none is there any more. */
bool tc_watches_set(struct tc_watch watch);

/* The watch or the clock of the calling thread tells nothing more until it is set anew. */
void tc_watch_drop(unsigned which);

/* Closes the session's. */
void tc_watches_shut(void);

/* The end: SIGTRAP becomes what it was, and no session is opened any more. */
void tc_watches_close(void);

/* In a forked child: the events are the parent's. */
void tc_watches_forked(void);

#endif
