/* sample_side.h: what is told of an access of the calling thread, which a signal interrupted at it.
 *
 * Threads: everything here concerns the calling thread; in signal handlers.
 */
#ifndef TC_PRELOAD_RACE_SAMPLE_SIDE_H
#define TC_PRELOAD_RACE_SAMPLE_SIDE_H

#include <ucontext.h>

#include "preload/race/core.h"
#include "preload/race/sample_pick.h"

/* Where it is, when its instruction ends at `end`. */
struct tc_site tc_sample_site_of(const ucontext_t *context, uintptr_t end);

/* Its side of an access; without the stack, which takes longer. */
struct tc_race_side_of tc_sample_side_of(const struct tc_pick *pick, uintptr_t address,
                                         uint32_t size);

/* Its stack, recorded; 0: it is not. */
uint32_t tc_sample_stack_of(struct tc_site site);

#endif
