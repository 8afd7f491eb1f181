/* sample_place.h: memory that was watched, who accessed it there, and suspicions.
 *
 * Threads: any, without locks: an access that meets another halfway may be missed.
 */
#ifndef TC_PRELOAD_RACE_SAMPLE_PLACE_H
#define TC_PRELOAD_RACE_SAMPLE_PLACE_H

#include "preload/race/core.h"

#define TC_PLACE_ACCESSES 8
#define TC_SUSPECT_TRIES  36 /* holds for one suspicion */

struct tc_place {
    uintptr_t base; /* 0: nothing */
    uint32_t size;
    uint32_t visits;
    bool written, several;       /* by several threads */
    bool guarded_known, guarded; /* all that several threads did was under one lock */
    bool suspected;              /* that is looked into elsewhere */
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

/* Memory where windows gave nothing before. */
bool tc_place_is_dull(uintptr_t base);

/* A window on it is over. */
void tc_place_over(struct tc_place *place);

/* Keeps an access and compares it with those of other threads. */
enum tc_place_seen { TC_PLACE_NEW, TC_PLACE_KNOWN, TC_PLACE_SUSPECT };
enum tc_place_seen tc_place_access(struct tc_place *place, const struct tc_race_side_of *access);

/* Whether the bytes meet and one is written. */
bool tc_place_conflict(const struct tc_race_side_of *one, const struct tc_race_side_of *other);

/* The pages where places are, a bit each, by the low bits of their number: most memory that is
 * freed is told by it. */
extern uint64_t tc_place_pages;
static inline bool tc_place_may_be_in(uintptr_t low, uintptr_t high) {
    uint64_t pages = __atomic_load_n(&tc_place_pages, __ATOMIC_RELAXED);
    uint64_t first = low >> 12, number = ((high - 1) >> 12) - first + 1;
    uint64_t wanted = number >= 64 ? ~0ull : (1ull << number) - 1;
    return pages & (wanted << (first & 63) | (first & 63 ? wanted >> (64 - (first & 63)) : 0));
}

/* The memory begins a new life; true: there was a place in it. */
bool tc_place_forget(uintptr_t low, uintptr_t high);

/* The next suspicion that may still be confirmed, or NULL. */
struct tc_suspect *tc_suspect_next(void);

void tc_places_forked(void);

#endif
