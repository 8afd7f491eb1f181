/* sample_place.c: see sample_place.h. */
#include "preload/race/sample_place.h"

#include <string.h>

#include "preload/poison.h"

#define PLACES         16
#define VISITS         12 /* after the first window */
#define VISITS_ALONE   3  /* where one thread was seen */
#define VISITS_GUARDED 2  /* where all had one lock in common */
#define DULL_AFTER     3
#define SUSPECTS       64
#define DULL           256 /* places that gave nothing, by address */

static struct tc_place places[PLACES];
static uintptr_t bases[PLACES]; /* of these, where free looks */
uint64_t tc_place_pages;
static uintptr_t dull[DULL];
static uint8_t dull_times[DULL];
static uint32_t newest;
static struct tc_suspect suspects[SUSPECTS];
static uint32_t suspect_count;

static unsigned dull_place(uintptr_t base) {
    return (unsigned)((base >> 3) * 0x9e3779b97f4a7c15ull >> 56);
}

bool tc_place_is_dull(uintptr_t base) {
    unsigned at = dull_place(base);
    return dull[at] == base && dull_times[at] >= DULL_AFTER;
}

static void note_dull(uintptr_t base) {
    unsigned at = dull_place(base);
    if (dull[at] != base) {
        dull[at] = base;
        dull_times[at] = 0;
    }
    if (dull_times[at] < UINT8_MAX)
        dull_times[at]++;
}

static void note_pages(void) {
    uint64_t pages = 0;
    for (unsigned i = 0; i < PLACES; i++)
        if (bases[i])
            pages |= 1ull << (bases[i] >> 12 & 63);
    __atomic_store_n(&tc_place_pages, pages, __ATOMIC_RELEASE);
}

struct tc_place *tc_place_new(uintptr_t base, uint32_t size) {
    for (unsigned i = 0; i < PLACES; i++)
        if (bases[i] == base && places[i].size == size)
            return &places[i];
    unsigned number = __atomic_fetch_add(&newest, 1, __ATOMIC_RELAXED) % PLACES;
    places[number] = (struct tc_place){.base = base, .size = size};
    __atomic_store_n(&bases[number], base, __ATOMIC_RELEASE);
    note_pages();
    return &places[number];
}

/* How often a place is worth another window: most where several threads were seen and not all that
 * they did was under one lock. */
static uint32_t worth(const struct tc_place *place) {
    if (!place->base || !place->count || place->suspected)
        return 0;
    if (!place->written)
        return 1;
    return !place->several ? VISITS_ALONE : place->guarded ? VISITS_GUARDED : VISITS;
}

struct tc_place *tc_place_again(uint64_t random) {
    struct tc_place *best = NULL;
    for (unsigned i = 0; i < PLACES; i++) {
        struct tc_place *place = &places[(random + i) % PLACES];
        if (place->visits < worth(place) && (!best || (place->several && !best->several)))
            best = place;
    }
    if (best)
        best->visits++;
    return best;
}

void tc_place_over(struct tc_place *place) {
    if (!place->several || !place->written || place->guarded)
        note_dull(place->base);
}

bool tc_place_conflict(const struct tc_race_side_of *one, const struct tc_race_side_of *other) {
    return (one->access | other->access) & TC_ACCESS_WRITE &&
           one->address < other->address + other->size && other->address < one->address + one->size;
}

/* A lock that both hold: neither can be in the other's way. */
static bool have_common_lock(uint32_t one, uint32_t other) {
    uint32_t one_count, other_count;
    if (one == TC_HELD_UNKNOWN || other == TC_HELD_UNKNOWN)
        return true;
    const uint32_t *left = tc_race_held_set(one, &one_count);
    const uint32_t *right = tc_race_held_set(other, &other_count);
    for (uint32_t i = 0; i < one_count; i++)
        for (uint32_t k = 0; k < other_count; k++)
            if (left[i] == right[k])
                return true;
    return false;
}

/* False: it was tried often enough, or there are too many. */
static bool suspect(uintptr_t one, uintptr_t other) {
    uint32_t count = __atomic_load_n(&suspect_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++) {
        const uintptr_t *ends = suspects[i].ends;
        if ((ends[0] == one && ends[1] == other) || (ends[1] == one && ends[0] == other))
            return suspects[i].tries < TC_SUSPECT_TRIES;
    }
    if (count >= SUSPECTS)
        return false;
    suspects[count] = (struct tc_suspect){.ends = {one, other}};
    return __atomic_compare_exchange_n(&suspect_count, &count, count + 1, false, __ATOMIC_RELEASE,
                                       __ATOMIC_RELAXED);
}

enum tc_place_seen tc_place_access(struct tc_place *place, const struct tc_race_side_of *access) {
    enum tc_place_seen seen = TC_PLACE_NEW;
    bool known = false, unguarded = false;
    if (access->access & TC_ACCESS_WRITE)
        place->written = true;
    for (unsigned i = 0; i < TC_PLACE_ACCESSES; i++) {
        const struct tc_race_side_of *other = &place->accesses[i];
        if (!other->pc)
            continue;
        known |= other->pc == access->pc && other->thread == access->thread &&
                 other->held == access->held;
        if (other->thread == access->thread)
            continue;
        place->several = true;
        bool guarded = have_common_lock(access->held, other->held);
        unguarded |= !guarded;
        if (guarded || !tc_place_conflict(access, other))
            continue;
        if (suspect(access->pc, other->pc))
            seen = TC_PLACE_SUSPECT;
    }
    if (place->several)
        place->guarded = place->guarded_known ? place->guarded && !unguarded : !unguarded;
    place->guarded_known = place->several;
    if (seen == TC_PLACE_SUSPECT)
        place->suspected = true;
    else
        seen = known ? TC_PLACE_KNOWN : TC_PLACE_NEW;
    if (!known)
        place
            ->accesses[__atomic_fetch_add(&place->count, 1, __ATOMIC_RELAXED) % TC_PLACE_ACCESSES] =
            *access;
    return seen;
}

bool tc_place_forget(uintptr_t low, uintptr_t high) {
    bool found = false;
    for (unsigned i = 0; i < PLACES; i++) {
        if (bases[i] - low >= high - low)
            continue;
        found = true;
        bases[i] = 0;
        places[i].base = 0;
        memset(places[i].accesses, 0, sizeof places[i].accesses);
    }
    if (found)
        note_pages();
    return found;
}

/* The one that was tried least. */
struct tc_suspect *tc_suspect_next(void) {
    uint32_t count = __atomic_load_n(&suspect_count, __ATOMIC_ACQUIRE), least = TC_SUSPECT_TRIES;
    struct tc_suspect *next = NULL;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t tries = __atomic_load_n(&suspects[i].tries, __ATOMIC_RELAXED);
        if (tries < least) {
            least = tries;
            next = &suspects[i];
        }
    }
    return next;
}

void tc_places_forked(void) {
    memset(places, 0, sizeof places);
    memset(bases, 0, sizeof bases);
    memset(dull, 0, sizeof dull);
    tc_place_pages = 0;
    suspect_count = 0;
}
