/* trace.h: the program's own stack traces show the code that it has, not clones of it.
 *
 * What: backtrace and _Unwind_Backtrace give addresses, of which some lie in clones; what turns
 *       those into names and lines (dladdr, Rust's and C++'s own readers of DWARF) does not know
 *       them.  Covered modules call these functions through steps that give the original's address.
 *       Exceptions are not touched: they need the clone's.
 * Threads: begin is called once; the steps by any thread, and in signal handlers.
 */
#ifndef TC_PRELOAD_REWRITE_TRACE_H
#define TC_PRELOAD_REWRITE_TRACE_H

#include <stdint.h>

/* `original`: the original of an address in a clone, or the address itself. */
void tc_trace_begin(uintptr_t (*original)(uintptr_t address, uint32_t *below));

#endif
