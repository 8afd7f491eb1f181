/* context.h: looking up what was looked up before: sets of held locks, and contexts.
 *
 * What: the half of context.c that only reads; compiled without vector registers and without a
 *       call, for access_quick.c as well.
 * Threads: any.  Sets are published whole; a slot's contexts are asked for by its owner.
 */
#ifndef TC_PRELOAD_RACE_CONTEXT_H
#define TC_PRELOAD_RACE_CONTEXT_H

#include "preload/race/core.h"
#include "preload/thread.h"

#define TC_HELD_SETS_MAX   65535u
#define TC_HELD_SETS_TABLE (1u << 17)
#define TC_HELD_LOCKS_MAX  64 /* of a set; what is beyond is left out */

struct tc_held_set {
    uint32_t count;
    uint32_t locks[];
};

struct tc_held_sets {
    struct tc_held_set *sets[TC_HELD_SETS_MAX + 1];
    uint32_t table[TC_HELD_SETS_TABLE]; /* ids; 0: free */
    uint32_t count;
};
extern struct tc_held_sets tc_held_sets;

static inline TC_INTEGERS_ONLY uint32_t tc_held_set_count(const struct tc_held_list *held) {
    uint32_t count = held ? held->count : 0;
    return count < TC_HELD_LOCKS_MAX ? count : TC_HELD_LOCKS_MAX;
}

static inline TC_INTEGERS_ONLY uint32_t tc_held_set_hash(const struct tc_held_list *held,
                                                         uint32_t count) {
    uint64_t hash = count;
    for (uint32_t i = 0; i < count; i++) {
        hash = (hash ^ tc_held_object(held->entries[i])) * 0x9e3779b97f4a7c15ull;
        hash ^= hash >> 32;
    }
    return (uint32_t)hash;
}

/* The id of the set, or 0. */
static inline TC_INTEGERS_ONLY uint32_t tc_held_set_find(const struct tc_held_list *held,
                                                         uint32_t count, uint32_t hash) {
    for (uint32_t at = hash % TC_HELD_SETS_TABLE;; at = (at + 1) % TC_HELD_SETS_TABLE) {
        uint32_t id = __atomic_load_n(&tc_held_sets.table[at], __ATOMIC_ACQUIRE), same = 0;
        if (!id)
            return 0;
        const struct tc_held_set *set = tc_held_sets.sets[id];
        if (set->count != count)
            continue;
        while (same < count && set->locks[same] == tc_held_object(held->entries[same]))
            same++;
        if (same == count)
            return id;
    }
}

static inline TC_INTEGERS_ONLY uint32_t
tc_race_context_hash(const struct tc_race_context *context) {
    uint64_t hash = (context->pc ^ (uint64_t)context->stack << 32 ^ (uint64_t)context->held << 17 ^
                     context->what) *
                    0x9e3779b97f4a7c15ull;
    return (uint32_t)(hash >> 40);
}

/* The index of the context, or 0; *place is where it is or may be put. */
static inline TC_INTEGERS_ONLY uint32_t
tc_race_context_find(const struct tc_race_contexts *contexts, const struct tc_race_context *wanted,
                     uint32_t *place) {
    uint32_t at = tc_race_context_hash(wanted) & contexts->mask;
    for (; contexts->table[at]; at = (at + 1) & contexts->mask) {
        const struct tc_race_context *context = &contexts->context[contexts->table[at]];
        if (context->pc == wanted->pc && context->stack == wanted->stack &&
            context->held == wanted->held && context->what == wanted->what)
            break;
    }
    *place = at;
    return contexts->table[at];
}

#endif
