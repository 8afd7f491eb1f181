/* signal_told.h: what the trace has been told of signals: which the calling thread blocks, and
 * which the process has handlers for.
 *
 * What: an event for each change, and all of it once more where a stream begins anew.
 * Threads: any, also in signal handlers; nothing here waits.
 */
#ifndef TC_PRELOAD_SIGNAL_TOLD_H
#define TC_PRELOAD_SIGNAL_TOLD_H

#include <stdint.h>

#include "preload/recorder.h"
#include "threadcheck/trace_format.h"

/* Differs with the handlers that are installed; what was seen of locks under others counts anew. */
extern uint64_t tc_signals_key;

/* The calling thread's blocked signals are `mask`: SIGNAL_MASK, between tc_enter and tc_leave. */
void tc_signals_mask(struct tc_thread *self, uint64_t mask);

/* The calling thread's blocked signals are now `mask`: SIGNAL_MASK when that is new. */
void tc_mask_changed(uint64_t mask);

/* Signal `number` has another handler now, TC_HANDLER_FIRST and on, or none: SIGNAL_ACTION when
 * that is new.  A vfork child's are its own. */
void tc_action_changed(int number, uint32_t handler);

/* The calling thread's stream begins anew: says what is blocked and installed. */
void tc_signals_again(struct tc_thread *self);

#endif
