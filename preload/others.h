/* others.h: the other threads of the process, as the kernel knows them.
 *
 * What: which there were when recording began, and whether all of them wait in the kernel just now,
 *       so that code may be changed that they could be executing.
 * Threads: tc_others_begin is called by the one thread that begins the recording; the rest by any.
 */
#ifndef TC_PRELOAD_OTHERS_H
#define TC_PRELOAD_OTHERS_H

#include <stdbool.h>
#include <stdint.h>

/* Recording begins: notes the threads that are there already.  What they hold is not known. */
void tc_others_begin(void);

/* Whether there was any other thread when recording began. */
bool tc_others_were(void);

/* Whether this thread was there before recording began, as far as is known. */
bool tc_others_early(int tid);

/* A forked child has one thread. */
void tc_others_forked(void);

/* Waits a little until every other thread is in a system call that it waits in, and calls `each`,
 * unless NULL, with the stack pointer of each.  False: some are not, or it cannot be known.  They
 * may go on at any time. */
bool tc_others_wait(void (*each)(uintptr_t sp));

#endif
