/* found.c: a race was found: told once for each pair of places, as a meta record and an event.
 *
 * Threads: any.  The set of pairs that were told grows without a lock.
 */
#include <string.h>

#include "preload/event.h"
#include "preload/file.h"
#include "preload/meta.h"
#include "preload/race/caller.h"
#include "preload/race/parts.h"

#include "preload/poison.h"

#define PAIRS     (1u << 15)
#define PAIRS_MAX (PAIRS / 2) /* told at most */
#define LOCKS     128

static uint64_t pairs[PAIRS]; /* hashes of those told, and of each place of them with none */
static uint32_t pairs_count;
static uint32_t races;
static uint8_t full; /* there was a pair too many, and the report says so */

#define ALLOWED 1024
static struct { uintptr_t low, high; } allowed[ALLOWED]; /* a ring: of more, the newest count */
static uint32_t allowed_count;

void tc_race_allow(uintptr_t address, size_t size) {
    uint32_t i = __atomic_fetch_add(&allowed_count, 1, __ATOMIC_RELAXED) % ALLOWED;
    __atomic_store_n(&allowed[i].high, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&allowed[i].low, address, __ATOMIC_RELEASE);
    __atomic_store_n(&allowed[i].high, address + size, __ATOMIC_RELEASE);
}

static bool is_allowed(uintptr_t low, uintptr_t high) {
    uint32_t count = __atomic_load_n(&allowed_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < (count < ALLOWED ? count : ALLOWED); i++)
        if (low < __atomic_load_n(&allowed[i].high, __ATOMIC_ACQUIRE) &&
            high > __atomic_load_n(&allowed[i].low, __ATOMIC_ACQUIRE))
            return true;
    return false;
}

static uint64_t pair_of(uintptr_t a, uintptr_t b) {
    uintptr_t low = a < b ? a : b, high = a < b ? b : a;
    uint64_t hash = (low ^ 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull;
    hash = (hash ^ hash >> 32 ^ high) * 0xc4ceb9fe1a85ec53ull;
    hash ^= hash >> 29;
    return hash ? hash : 1;
}

/* True for the first who asks for this pair. */
static bool is_new(uint64_t pair) {
    for (uint32_t at = pair % PAIRS;; at = (at + 1) % PAIRS) {
        uint64_t seen = __atomic_load_n(&pairs[at], __ATOMIC_RELAXED);
        if (seen == pair)
            return false;
        if (seen)
            continue;
        if (__atomic_load_n(&pairs_count, __ATOMIC_RELAXED) >= PAIRS_MAX) {
            tc_meta_note_once(&full,
                              "data races: there are so many pairs of places that further ones "
                              "were found and are not told");
            return false;
        }
        if (__atomic_compare_exchange_n(&pairs[at], &seen, pair, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
            __atomic_fetch_add(&pairs_count, 1, __ATOMIC_RELAXED);
            return true;
        }
        if (seen == pair)
            return false;
    }
}

bool tc_race_is_told(uintptr_t now, uintptr_t before) {
    uint64_t pair = pair_of(now, before), seen;
    for (uint32_t at = pair % PAIRS; (seen = __atomic_load_n(&pairs[at], __ATOMIC_RELAXED));
         at = (at + 1) % PAIRS)
        if (seen == pair)
            return true;
    return false;
}

/* A place that was told of once with the other side is not told of without. */
bool tc_race_is_first(uintptr_t now, uintptr_t before) {
    if (!is_new(pair_of(now, before)))
        return false;
    if (before) {
        is_new(pair_of(now, 0));
        is_new(pair_of(before, 0));
    }
    return true;
}

static uint32_t flags_of(uint32_t access) {
    return (access & TC_ACCESS_WRITE ? TC_RACE_WRITE : 0u) |
           (access & TC_ACCESS_ATOMIC ? TC_RACE_ATOMIC : 0u) |
           (access & TC_ACCESS_MODIFY ? TC_RACE_MODIFY : 0u) |
           (access & TC_ACCESS_PLAIN_MOVE ? TC_RACE_PLAIN_MOVE : 0u) |
           (access & TC_ACCESS_LIBC ? TC_RACE_LIBC : 0u) |
           (access & TC_ACCESS_VOLATILE ? TC_RACE_VOLATILE : 0u) |
           (access & TC_ACCESS_FREE ? TC_RACE_FREE : 0u) |
           (access & TC_ACCESS_DESCRIPTOR ? TC_RACE_DESCRIPTOR : 0u) |
           (access & TC_ACCESS_UNMAP ? TC_RACE_UNMAP : 0u) |
           (access & TC_ACCESS_ORDERED ? TC_RACE_ORDERED : 0u) |
           (tc_race_partial ? TC_RACE_PARTIAL : 0u);
}

static struct tc_meta_race_side side_record(const struct tc_race_side_of *side, uint32_t *locks,
                                            uint32_t *used) {
    uint32_t count = 0;
    const uint32_t *held = NULL;
    if (side->held != TC_HELD_UNKNOWN)
        held = tc_race_held_set(side->held, &count);
    if (count > LOCKS - *used)
        count = LOCKS - *used;
    if (count)
        memcpy(locks + *used, held, count * sizeof *locks);
    *used += count;
    return (struct tc_meta_race_side){
        .address = side->access & TC_ACCESS_DESCRIPTOR
                       ? (uint64_t)(uint32_t)tc_race_descriptor_at(side->address)
                       : side->address,
        .size = side->size,
        .flags = flags_of(side->access),
        .thread = side->thread,
        .stack = side->stack,
        .held = side->held == TC_HELD_UNKNOWN ? UINT32_MAX : count,
    };
}

uint32_t tc_race_new_id(void) {
    return __atomic_add_fetch(&races, 1, __ATOMIC_RELAXED);
}

/* One that was there before races were looked for is known by its end only. */
static struct tc_race_block block_of(const struct tc_race_side_of *now,
                                     const struct tc_race_side_of *before) {
    struct tc_race_block block = {0};
    const struct tc_race_side_of *freed = now->access & TC_ACCESS_FREE ? now : before;
    if (!tc_race_block_find(now->address, &block) && freed->access & TC_ACCESS_FREE) {
        block.start = freed->address;
        block.size = freed->size;
    }
    return block;
}

static void write_race(struct tc_thread *self, const struct tc_race_side_of *now,
                       const struct tc_race_side_of *before) {
    uint32_t locks[LOCKS], used = 0;
    struct tc_meta_race record = {.id = tc_race_new_id()};
    record.sides[0] = side_record(now, locks, &used);
    record.sides[1] = side_record(before, locks, &used);
    struct tc_race_block block = block_of(now, before);
    record.block_start = block.start;
    record.block_size = block.size;
    record.block_thread = block.thread;
    record.block_stack = block.stack;
    tc_materialise(self);
    if (tc_meta_put(TC_META_RACE, &record, sizeof record, locks, used * sizeof *locks))
        tc_event(self, TC_EV_RACE, (struct tc_ref){0}, now->stack, record.id, 0);
    else
        tc_lose(TC_LOSS_DISK, 1);
}

void tc_race_found(struct tc_race_thread *thread, struct tc_race_side_of now,
                   struct tc_race_side_of before, struct tc_site site) {
    (void)thread;
    tc_race_tell(now, before, site);
}

void tc_race_tell(struct tc_race_side_of now, struct tc_race_side_of before, struct tc_site site) {
    if (is_allowed(now.address, now.address + now.size) || !tc_race_is_first(now.pc, before.pc))
        return;
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    now.stack = tc_stack_here(self, site);
    before.stack = tc_caller_stack(self, before.pc, before.stack);
    write_race(self, &now, &before);
    tc_leave(self);
}

void tc_race_found_forked(void) {
    memset(pairs, 0, sizeof pairs);
    pairs_count = races = full = 0;
}
