/* elements.h: what an instruction accesses that goes by vector and mask registers.
 *
 * What: gathers and scatters, masked moves.  Descriptions are kept by number from the time of
 *       rewriting; when the instruction is about to run, its registers are read where the thunk
 *       saved them (xsave).
 * Threads: described by one thread at a time; read by any.
 */
#ifndef TC_PRELOAD_REWRITE_ELEMENTS_H
#define TC_PRELOAD_REWRITE_ELEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/rewrite/insn.h"

/* Sets up: registers of `components` (bits of XCR0) are saved, in the compacted form or not; 0: by
 * fxsave. */
void tc_elements_begin(uint32_t components, bool compacted);

/* Describes the instruction at `code`; its number, or 0: there is no room. */
uint32_t tc_elements_add(const uint8_t *code, uint32_t length);

/* Calls `tell` for each piece of memory, at most 8 bytes, that number `number` is about to access.
 * `address`: that of the operand without a vector of indices. */
typedef void tc_elements_tell(const void *context, uint64_t address, uint32_t size);
void tc_elements_each(uint32_t number, const uint8_t *saved, uint64_t address,
                      tc_elements_tell *tell, const void *context);

#endif
