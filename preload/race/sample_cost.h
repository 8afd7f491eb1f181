/* sample_cost.h: what sampling may cost, and what it does.
 *
 * What: its own work is measured by who does it.  The kernel's at each switch between threads,
 * which sets the processor's debug registers anew, is not seen from here: it is the number of
 *       switches times what one was measured to cost.  Where they are so frequent that this is
 * above the share allowed, all but one watch are given up (it costs although it is not set), and
 *       windows are opened in a part of the time only.
 * Threads: any.
 */
#ifndef TC_PRELOAD_RACE_SAMPLE_COST_H
#define TC_PRELOAD_RACE_SAMPLE_COST_H

#include <stdbool.h>
#include <stdint.h>

#define TC_WATCHES_WHERE_SWITCHED 1u /* that are kept */

/* Sampling begins, with all watches. */
void tc_cost_begin(uint64_t now);

/* `ns` of the processor's time went into sampling. */
void tc_cost_add(uint64_t ns);

/* To be called often: looks what the process has computed since.  True: watches are to be given
 * up, which goes on until tc_cost_watches_are. */
bool tc_cost_look(uint64_t now);
void tc_cost_watches_are(unsigned count);

/* Whether a window may be opened. */
bool tc_cost_allows(uint64_t now);

#endif
