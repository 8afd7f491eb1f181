/* caller.h: the stacks of callers: what all accesses of one call of a function have in common.
 *
 * What: of each stack that was captured, a number for all of it but the innermost frame, by which
 *       contexts name it: the many instructions of a function need no stack each, and a thread
 *       that knows the stack of one access knows those of all that follow in the same call.
 * Threads: found without a lock, added under one.
 */
#ifndef TC_PRELOAD_RACE_CALLER_H
#define TC_PRELOAD_RACE_CALLER_H

#include "preload/race/core.h"

/* Marks the number of a stack of a caller among ids of whole stacks. */
#define TC_STACK_OF_CALLER 0x80000000u

/* Numbers of callers by the ids of stacks, in chunks. */
#define TC_CALLER_CHUNK  4096u
#define TC_CALLER_CHUNKS 1024u
extern uint32_t *tc_caller_chunks[TC_CALLER_CHUNKS];

/* That of stack `id`, with the mark; 0: not known, or it has none. */
static inline TC_INTEGERS_ONLY uint32_t tc_caller_of(uint32_t id) {
    if (id >= TC_CALLER_CHUNK * TC_CALLER_CHUNKS)
        return 0;
    const uint32_t *chunk =
        __atomic_load_n(&tc_caller_chunks[id / TC_CALLER_CHUNK], __ATOMIC_ACQUIRE);
    return chunk ? __atomic_load_n(&chunk[id % TC_CALLER_CHUNK], __ATOMIC_ACQUIRE) : 0;
}

/* The number of a stack of these frames; 0: there is no room. */
uint32_t tc_caller_number(const uint64_t *frames, uint32_t count, uint32_t flags);

/* The id of the whole stack of an access at `pc` called from there, which is put into the trace;
 * one that has no mark is the id itself.  With 0
 * it is of the instruction alone. */
uint32_t tc_caller_stack(struct tc_thread *self, uintptr_t pc, uint32_t stack);

#endif
