/* thunk.h: the slow half of inline checks, which clones call.
 *
 * What: saves what the program has in registers, tells the race core of the access with the place
 *       and the stack pointer that the original would have, and puts everything back.
 * Threads: any.
 */
#ifndef TC_PRELOAD_REWRITE_THUNK_H
#define TC_PRELOAD_REWRITE_THUNK_H

#include "preload/rewrite/area.h"
#include "preload/rewrite/rewrite.h"

/* Reserves the table of sites and asks the processor how registers are saved.  False: no memory. */
bool tc_thunk_begin(struct tc_rewrite_host *host);

/* Writes the addresses of the thunks to where clones find them. */
void tc_thunk_install(struct tc_area_head *head);

/* Checks so far. */
uint32_t tc_site_count(void);

/* So many are about to be added. */
void tc_site_expect(uint64_t count);

#endif
