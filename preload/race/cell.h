/* cell.h: what a cell of the shadow says: whose access, when, of which bytes, and whether the
 * access looked at comes after it.  The layout is core.h's. Threads: any.
 */
#ifndef TC_PRELOAD_RACE_CELL_H
#define TC_PRELOAD_RACE_CELL_H

#include "preload/race/core.h"

#define TC_CELL_SLOT(cell)    ((uint32_t)((cell) >> 56))
#define TC_CELL_CLOCK(cell)   ((uint32_t)((cell) >> 32) & 0xffffffu)
#define TC_CELL_TOUCHED(cell) ((uint32_t)(~(cell)&0xff))
#define TC_CELL_WRITTEN(cell) ((uint32_t)(~(cell) >> 16 & 0xff))

static inline uint64_t tc_cell_load(const uint64_t *cell) {
    return __atomic_load_n(cell, __ATOMIC_RELAXED);
}

static inline bool tc_cell_is_ordered(const struct tc_race_thread *thread, uint64_t cell) {
    uint32_t slot = TC_CELL_SLOT(cell);
    return slot == thread->slot || TC_CELL_CLOCK(cell) <= thread->known[slot];
}

static inline const struct tc_race_context *tc_cell_context(uint64_t cell, uint32_t index) {
    const struct tc_race_contexts *contexts = tc_race_contexts_of(TC_CELL_SLOT(cell));
    index &= ~TC_CONTEXT_MIXED;
    return index && contexts && index <= contexts->count ? &contexts->context[index] : NULL;
}

static inline bool tc_cell_is_atomic(uint64_t cell, uint32_t index) {
    const struct tc_race_context *context = tc_cell_context(cell, index);
    return context && (context->what >> 8) & TC_ACCESS_ATOMIC;
}

/* Whether all that `less` says of a thread's past is said by `more`, a later access. */
static inline bool tc_cell_covers(uint64_t more, uint64_t less) {
    return !(TC_CELL_TOUCHED(less) & ~TC_CELL_TOUCHED(more)) &&
           !(TC_CELL_WRITTEN(less) & ~TC_CELL_WRITTEN(more));
}

#endif
