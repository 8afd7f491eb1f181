/* near.h: the checks of programs that were built with -fsanitize=thread, made in their
 * neighbourhood.
 *
 * What: a call of __tsan_read8 goes by the PLT, the GOT and the offset of a thread-local variable
 *       that the loader chose: before the first thread is created, functions are written near the
 *       module in which all of these are constants, and its GOT and PLT lead there.  What a
 * function does not settle goes on in tsan_access.c. Threads: under the lock of patch.c.
 *
 * On processors other than x86-64 there are none.
 */
#ifndef TC_PRELOAD_RACE_NEAR_H
#define TC_PRELOAD_RACE_NEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/arch.h"

#define TC_NEAR_SLOTS 256 /* of a module: more stay as they are */

/* A slot of a GOT that leads to a function of tsan_access.def. */
struct tc_near_slot {
    void **place;
    const void *function; /* the one near by */
    bool nothing;         /* it does nothing */
};

/* The number of a function that calls of `name` reach in this program, or -1: it is none of ours.
 */
#if TC_REWRITES

int tc_near_row(const char *name);
/* Our own function, and whether it does nothing. */
const void *tc_near_original(int row);
bool tc_near_is_nothing(int row);
/* One that does nothing at all. */
const void *tc_near_ret(void);

/* Functions within reach of code at [low, high), or, if there is no room, elsewhere, which is
 * slower; 0: none, as memory may not be executable or there are too many modules.  The one of
 * `row`. */
uintptr_t tc_near_functions(uintptr_t low, uintptr_t high);
const void *tc_near_function(uintptr_t functions, int row);

/* Lets jumps and calls through the slots in [low, high), which is code, go where the slots lead.
 * While there is one thread. */
void tc_near_relax(uintptr_t low, uintptr_t high, const struct tc_near_slot *slots, size_t count);

#else

static inline int tc_near_row(const char *name) {
    return (void)name, -1;
}
static inline const void *tc_near_original(int row) {
    return (void)row, NULL;
}
static inline bool tc_near_is_nothing(int row) {
    return (void)row, false;
}
static inline const void *tc_near_ret(void) {
    return NULL;
}
static inline uintptr_t tc_near_functions(uintptr_t low, uintptr_t high) {
    return (void)low, (void)high, 0;
}
static inline const void *tc_near_function(uintptr_t functions, int row) {
    return (void)functions, (void)row, NULL;
}
static inline void tc_near_relax(uintptr_t low, uintptr_t high, const struct tc_near_slot *slots,
                                 size_t count) {
    (void)low, (void)high, (void)slots, (void)count;
}

#endif

#endif
