/* sample_cost.h: what sampling may cost, and what it does.
 *
 * What: a budget.  What sampling does itself is measured by who does it.  What the kernel does at
 *       each switch between threads, which sets the processor's debug registers anew, and at each
 *       thread's start is not seen from here: it is how often that happened times what one was
 *       measured to cost.  No window is opened while more was spent than the process's own
 *       computing allows; where that goes into switches and starts, watches of all threads are
 *       given up for watches of a few.
 * Threads: any.
 */
#ifndef TC_PRELOAD_RACE_SAMPLE_COST_H
#define TC_PRELOAD_RACE_SAMPLE_COST_H

#include <stdbool.h>
#include <stdint.h>

/* Sampling begins, with watches of all threads. */
void tc_cost_begin(uint64_t now);

/* `ns` of the processor's time went into sampling. */
void tc_cost_add(uint64_t ns);

/* A thread is about to be created, which inherits the watches. */
void tc_cost_thread(void);

/* A watch was set, which was not; or is not any more. */
void tc_cost_set(bool set, uint64_t now);

/* To be called often: looks what the process has computed since.  True: watches of all threads cost
 * too much, which goes on until tc_cost_by_thread. */
bool tc_cost_look(uint64_t now);
void tc_cost_by_thread(void);

/* Whether a window may be opened. */
bool tc_cost_allows(uint64_t now);

#endif
