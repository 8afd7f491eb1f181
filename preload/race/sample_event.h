/* sample_event.h: the kernel's watchpoints, and the signal by which they tell.
 *
 * What: events that every later thread of the process inherits, re-targeted for all threads by one
 *       call, or one for each of a few threads; the handler of SIGTRAP.
 * Threads: open by who creates the first thread; the rest by any, in signal handlers, too.
 */
#ifndef TC_PRELOAD_RACE_SAMPLE_EVENT_H
#define TC_PRELOAD_RACE_SAMPLE_EVENT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#define TC_WATCHES 2 /* of the processor's four: a debugger may want some */

enum tc_watch_kind { TC_WATCH_CODE, TC_WATCH_WRITES, TC_WATCH_ACCESSES };

/* A trap; `which` is a watch, or TC_WATCHES for the clock that ticks as the process computes. */
typedef void tc_trap(unsigned which, uintptr_t address, ucontext_t *context);

/* Opens watches and clock and takes SIGTRAP over; false: *why says what is in the way. */
bool tc_watches_open(tc_trap *trap, const char **why);

/* Sets a watch: `size` is 1, 2, 4 or 8 and `address` a multiple of it.  False: refused. */
bool tc_watch_set(unsigned which, enum tc_watch_kind kind, uintptr_t address, unsigned size);
void tc_watch_clear(unsigned which);

/* A debugger was attached since. */
bool tc_watches_are_traced(void);

/* Gives up the clock and all watches but the first, for good: each costs at every switch between
 * threads, also one that is not set, and at every thread's start.  From here on the first is there
 * only while it is set, for a few of the threads, chosen anew each time.  To be called while none
 * is being set. */
void tc_watches_by_thread(void);
bool tc_watches_are_by_thread(void);

/* A watch by thread goes to other threads when it is set next; else this does nothing. */
void tc_watch_move_on(unsigned which);
#define TC_WATCHED_THREADS 8

/* Closes everything; SIGTRAP becomes what it was. */
void tc_watches_close(void);

/* In a forked child: the events are the parent's. */
void tc_watches_forked(void);

/* ns of the processes' time between two ticks of the clock. */
#define TC_TICK 5000000u

#endif
