/* sample_place.c: see sample_place.h. */
#include "preload/race/sample_place.h"

#include <string.h>

#include "preload/poison.h"

#define PLACES   16
#define VISITS   12 /* after the first window */
#define SUSPECTS 64

static struct tc_place places[PLACES];
static uintptr_t bases[PLACES]; /* of these, where free looks */
static uint32_t newest;
static struct tc_suspect suspects[SUSPECTS];
static uint32_t suspect_count, suspect_next;

struct tc_place *tc_place_new(uintptr_t base, uint32_t size) {
    for (unsigned i = 0; i < PLACES; i++)
        if (bases[i] == base && places[i].size == size)
            return &places[i];
    unsigned number = __atomic_fetch_add(&newest, 1, __ATOMIC_RELAXED) % PLACES;
    places[number] = (struct tc_place){.base = base, .size = size};
    __atomic_store_n(&bases[number], base, __ATOMIC_RELEASE);
    return &places[number];
}

struct tc_place *tc_place_again(uint64_t random) {
    for (unsigned i = 0; i < PLACES; i++) {
        struct tc_place *place = &places[(random + i) % PLACES];
        if (place->base && place->count && place->visits < (place->written ? VISITS : 1)) {
            place->visits++;
            return place;
        }
    }
    return NULL;
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

static void suspect(uintptr_t one, uintptr_t other) {
    uint32_t count = __atomic_load_n(&suspect_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++) {
        const uintptr_t *ends = suspects[i].ends;
        if ((ends[0] == one && ends[1] == other) || (ends[1] == one && ends[0] == other))
            return;
    }
    if (count >= SUSPECTS)
        return;
    suspects[count] = (struct tc_suspect){.ends = {one, other}};
    __atomic_compare_exchange_n(&suspect_count, &count, count + 1, false, __ATOMIC_RELEASE,
                                __ATOMIC_RELAXED);
}

enum tc_place_seen tc_place_access(struct tc_place *place, const struct tc_race_side_of *access) {
    enum tc_place_seen seen = TC_PLACE_ALONE;
    bool known = false;
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
        seen = seen == TC_PLACE_ALONE ? TC_PLACE_SEVERAL : seen;
        if (!tc_place_conflict(access, other) || have_common_lock(access->held, other->held))
            continue;
        suspect(access->pc, other->pc);
        seen = TC_PLACE_SUSPECT;
    }
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
    return found;
}

struct tc_suspect *tc_suspect_next(void) {
    uint32_t count = __atomic_load_n(&suspect_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++) {
        struct tc_suspect *next =
            &suspects[__atomic_fetch_add(&suspect_next, 1, __ATOMIC_RELAXED) % count];
        if (__atomic_load_n(&next->tries, __ATOMIC_RELAXED) < TC_SUSPECT_TRIES)
            return next;
    }
    return NULL;
}

void tc_places_forked(void) {
    memset(places, 0, sizeof places);
    memset(bases, 0, sizeof bases);
    suspect_count = suspect_next = 0;
}
