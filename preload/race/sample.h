/* sample.h: races=sample: hardware watchpoints, at a rate that costs a few per cent at most.
 *
 * What: a window is opened on memory that a randomly chosen instruction accesses: for some
 *       milliseconds every access to these bytes traps.  Two threads that access them, one of them
 *       to write, with no lock in common, are a suspicion: not all that orders threads is known
 * (the clocks of the core are not kept, as that would cost at each lock, and atomic instructions
 *       are not seen).  It is confirmed by holding one thread up for a moment just before its
 *       access: a conflicting access of another thread meanwhile is a race whatever else orders
 *       threads, and only that is told.
 * Threads: begin in the constructor, start by who creates the first thread; the rest anywhere.
 */
#ifndef TC_PRELOAD_RACE_SAMPLE_H
#define TC_PRELOAD_RACE_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/arch.h"
#include "preload/race/race.h"

struct tc_rewriter;

/* In the constructor: takes the decoder from where races=full has it (rewrite.c); false: it cannot
 * be loaded, which was said. */
bool tc_race_sample_begin(void);
void tc_sample_begin(const struct tc_rewriter *decoder);

#if TC_REWRITES
#include "preload/race/sample_place.h"

/* A thread is about to be created.  The kernel is asked for watchpoints once the process has
 * computed for a while; when it refuses, a line on stderr says why. */
void tc_sample_start(void);
void tc_sample_refused(const char *why);

/* The memory begins a new life: ends windows on it. */
void tc_sample_forget_places(uintptr_t low, uintptr_t high);
static inline void tc_sample_forget(uintptr_t low, uintptr_t high) {
    if (__builtin_expect(tc_place_may_be_in(low, high), 0))
        tc_sample_forget_places(low, high);
}

/* Called by the hang watch's thread, which alone begins and ends sessions (sample_session.c): when
 * to be called again, in ns. */
uint64_t tc_sample_tick(void);

/* Around looking at code, which dlclose may take away; false: not now. */
bool tc_sample_begin_work(void);
void tc_sample_end_work(void);
void tc_sample_unload_forked(void);

/* A stack of the calling thread, as the recorder has it: code that dlopen loaded is known from here
 * on, if it was not. */
void tc_sample_learn(const uint64_t *frames, unsigned count);

/* Around dlclose: waits for who looks at code, which may go; then forgets what is gone. */
void tc_sample_unload_begin(void);
void tc_sample_unload_end(void);

/* The program wants SIGTRAP for itself, or restricts its system calls: sampling ends. */
void tc_sample_end(void);

/* Says what was done and what it took, at the end. */
void tc_sample_tell(void);

extern bool tc_sample_on;
void tc_sample_forked(void);

#else

#define tc_sample_on false
static inline void tc_sample_start(void) {}
static inline void tc_sample_forget(uintptr_t low, uintptr_t high) {
    (void)low, (void)high;
}
static inline uint64_t tc_sample_tick(void) {
    return UINT64_MAX;
}
static inline void tc_sample_learn(const uint64_t *frames, unsigned count) {
    (void)frames, (void)count;
}
static inline void tc_sample_unload_begin(void) {}
static inline void tc_sample_unload_end(void) {}
static inline void tc_sample_end(void) {}
static inline void tc_sample_tell(void) {}
static inline void tc_sample_forked(void) {}

#endif

#endif
