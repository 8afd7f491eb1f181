/* clone.h: which address of a clone stands for which of the original, and back.
 *
 * What: of each clone two bytes or a few more an instruction: its length, and its clone's.
 * Threads: written while there is one thread (or, for modules loaded later, before anybody runs
 *          them); read by any.
 */
#ifndef TC_PRELOAD_REWRITE_CLONE_H
#define TC_PRELOAD_REWRITE_CLONE_H

#include "preload/rewrite/area.h"
#include "preload/rewrite/module.h"

/* Remembers the clone of `function`, which is at work; false: no room. */
bool tc_clone_add(struct tc_area *area, struct tc_pool *pool, struct tc_function *function);

/* The clone is not used any more: nobody is to be led to it. */
void tc_clone_drop(struct tc_area *area, const struct tc_function *function);

/* The place of the clone of the instruction `offset` bytes into the function, or of the clone's end
 * at the function's; false: no instruction begins there. */
bool tc_clone_place(const struct tc_clone *clone, uint64_t offset, uint32_t *place);

/* As in rewrite.h, over the list of areas. */
uintptr_t tc_clone_original(const struct tc_area *areas, uintptr_t address, uint32_t *below);
uintptr_t tc_clone_returns_to(const struct tc_area *areas, uintptr_t address);

#endif
