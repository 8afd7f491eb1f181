/* unwind.h: the exact stack of the calling thread, from the unwind tables that every binary has.
 *
 * What: walks from a hook's call site outwards by .eh_frame rules (cfi.h) and says for each frame
 *       where its return address was found.  Those places, verified anew, are what makes the next
 *       capture of the same stack cheap (stack_trie.h).
 *       Why not libunwind: its library exports _Unwind_*, which would replace the host's exception
 *       handling, and its stepping takes the lock of dl_iterate_phdr.  It is the oracle in
 *       unwind_test.cc.
 * Threads: any thread, any signal handler; no lock, no allocation, no system call unless the stack
 *          is not where it is known to be.  Never reads outside `low` to `high`.
 */
#ifndef TC_PRELOAD_UNWIND_H
#define TC_PRELOAD_UNWIND_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/recorder.h"

#define TC_UNWIND_FRAMES 128 /* frames kept of one stack; more are cut and marked */
#define TC_UNWIND_SLOTS  256

/* A word of the stack that decided how the walk went on.  `offset` counts from the CFA of the call
 * site.  `relative`: the value is an address in the same stack, kept as distance from the CFA, so
 * that the same path at another depth compares equal. */
struct tc_stack_slot {
    int32_t offset;
    uint32_t relative;
    uint64_t value;
};

struct tc_unwound {
    uint32_t count; /* of frames, the call site's return address included */
    uint32_t flags; /* enum tc_stack_flag */
    uint32_t slot_count;
    bool repeatable; /* the slots determine the frames: it may be kept and verified */
    uint64_t frames[TC_UNWIND_FRAMES];
    struct tc_stack_slot slots[TC_UNWIND_SLOTS];
};

/* Walks from `site`.  [low, high) is memory that may be read: the thread's stack. */
void tc_unwind(struct tc_site site, uintptr_t low, uintptr_t high, struct tc_unwound *result);

#endif
