/* sample_place.h: memory that was watched, who accessed it there, and suspicions.
 *
 * Threads: any, without locks: an access that meets another halfway may be missed.
 */
#ifndef TC_PRELOAD_RACE_SAMPLE_PLACE_H
#define TC_PRELOAD_RACE_SAMPLE_PLACE_H

#include "preload/race/core.h"

#define TC_PLACE_ACCESSES 8
#define TC_SUSPECT_TRIES  60 /* holds for one suspicion */

struct tc_place {
    uintptr_t base; /* 0: nothing */
    uint32_t size;
    uint32_t visits;
    bool written;
    uint32_t count; /* accesses that were kept; the newest at count % TC_PLACE_ACCESSES */
    struct tc_race_side_of accesses[TC_PLACE_ACCESSES];
};

/* Two instructions whose accesses seem unordered. */
struct tc_suspect {
    uintptr_t ends[2];
    uint32_t tries;
};

/* A place for a new window; one that is there already keeps what is known of it. */
struct tc_place *tc_place_new(uintptr_t base, uint32_t size);

/* One that was watched before, or NULL. */
struct tc_place *tc_place_again(uint64_t random);

/* Keeps an access and compares it with those of other threads. */
enum tc_place_seen { TC_PLACE_ALONE, TC_PLACE_SEVERAL, TC_PLACE_SUSPECT };
enum tc_place_seen tc_place_access(struct tc_place *place, const struct tc_race_side_of *access);

/* Whether the bytes meet and one is written. */
bool tc_place_conflict(const struct tc_race_side_of *one, const struct tc_race_side_of *other);

/* The memory begins a new life; true: there was a place in it. */
bool tc_place_forget(uintptr_t low, uintptr_t high);

/* The next suspicion that may still be confirmed, or NULL. */
struct tc_suspect *tc_suspect_next(void);

void tc_places_forked(void);

#endif
