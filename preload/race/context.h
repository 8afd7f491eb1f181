/* context.h: looking up what was looked up before: sets of held locks, and contexts.
 *
 * What: the part of context.c that only looks; compiled without vector registers and without a
 *       call, for access_quick.c as well.
 * Threads: any.  Sets are published whole; a slot's contexts are asked for by its owner.
 */
#ifndef TC_PRELOAD_RACE_CONTEXT_H
#define TC_PRELOAD_RACE_CONTEXT_H

#include "preload/race/core.h"
#include "preload/stack_trie.h"
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

/* What stands above an index in the table. */
#define TC_CONTEXT_TAG(hash) ((hash)&0xffff0000u)
static inline TC_INTEGERS_ONLY uint32_t
tc_race_context_hash(const struct tc_race_context *context) {
    uint64_t hash = (context->pc ^ (uint64_t)context->stack << 32 ^ (uint64_t)context->held << 17 ^
                     context->what) *
                    0x9e3779b97f4a7c15ull;
    return (uint32_t)(hash >> 32);
}

/* The index of the context, or 0; *place is where it is or may be put. */
static inline TC_INTEGERS_ONLY uint32_t
tc_race_context_find(const struct tc_race_contexts *contexts, const struct tc_race_context *wanted,
                     uint32_t *place) {
    uint32_t hash = tc_race_context_hash(wanted), at = hash & contexts->mask, entry;
    for (; (entry = contexts->table[at]); at = (at + 1) & contexts->mask) {
        if (TC_CONTEXT_TAG(entry ^ hash))
            continue; /* each context is a line of the cache */
        const struct tc_race_context *context = &contexts->context[(uint16_t)entry];
        if (context->pc == wanted->pc && context->stack == wanted->stack &&
            context->held == wanted->held && context->what == wanted->what)
            break;
    }
    *place = at;
    return (uint16_t)entry;
}

/* As the table fills up, what is new there is kept with less and less: the locks are left out, the
 * stack, at last the instruction.  So there always is a context, soon one of those that are there.
 * `step`: what it is kept with; returns how full the table may be for that. */
enum { TC_KEEP_ALL, TC_KEEP_STACK, TC_KEEP_PLACE, TC_KEEP_WHAT, TC_KEEP_STEPS };
#define TC_CONTEXTS_PLACES 8192u /* kept free for those of instructions */
#define TC_CONTEXTS_WHATS  256u  /* and for those of kinds of access */
static inline TC_INTEGERS_ONLY uint32_t tc_race_context_keep(struct tc_race_context *wanted,
                                                             unsigned step) {
    const uint32_t whats = TC_CONTEXTS_MAX - 2, places = whats - TC_CONTEXTS_WHATS;
    const uint32_t stacks = places - TC_CONTEXTS_PLACES;
    if (step >= TC_KEEP_STACK)
        wanted->held = TC_HELD_UNKNOWN;
    if (step >= TC_KEEP_PLACE)
        wanted->stack = 0;
    if (step >= TC_KEEP_WHAT)
        wanted->pc = 0;
    return step == TC_KEEP_WHAT    ? whats
           : step == TC_KEEP_PLACE ? places
           : wanted->held          ? stacks / 2 + (step == TC_KEEP_STACK ? stacks / 2 : 0)
                                   : stacks;
}

/* The context for this, or 0; then `wanted` is what is to be put at *place, unless
 * that is UINT32_MAX. */
static inline TC_INTEGERS_ONLY uint32_t tc_race_context_for(const struct tc_race_contexts *contexts,
                                                            struct tc_race_context *wanted,
                                                            uint32_t *place) {
    for (unsigned step = 0; step < TC_KEEP_STEPS; step++) {
        uint32_t limit = tc_race_context_keep(wanted, step);
        uint32_t known = tc_race_context_find(contexts, wanted, place);
        if (known || contexts->count < limit)
            return known;
    }
    *place = UINT32_MAX;
    return 0;
}

/* The words that a remembered capture is recognised by.  The second is read only where the first is
 * as it was: else it may lie beyond another stack. */
static inline TC_INTEGERS_ONLY void
tc_race_seen_words(struct tc_race_seen *seen, const struct tc_trie_node *root, uintptr_t cfa) {
    static const uint64_t nothing = 0;
    seen->word[0] = seen->word[1] = &nothing;
    bool proven = root != NULL;
    for (unsigned i = 0; proven && i < 2; i++) {
        const struct tc_trie_check *check = i < root->check_count ? &root->checks[i]
                                            : root->mask          ? &root->branch
                                                                  : NULL;
        if (check)
            seen->word[i] = (const uint64_t *)(cfa + (uintptr_t)check->offset);
        proven = check && i < root->check_count && tc_trie_read(cfa, check) == check->value;
    }
    seen->value[0] = *seen->word[0];
    seen->value[1] = *seen->word[1];
}

/* How often an instruction's stack was unwound, by a hash of it. */
#define TC_UNWOUND_MAX 256 /* then only the instruction is told */
extern uint16_t tc_race_unwound[1 << 14];
static inline TC_INTEGERS_ONLY uint16_t *tc_race_unwound_at(uintptr_t pc) {
    return &tc_race_unwound[(pc * 0x9e3779b97f4a7c15ull) >> 50];
}

/* Where the return address of the function that an instruction belongs to lies: `offset` from the
 * stack pointer there on, or, unless `base` is 0, from the frame pointer that was saved at `base`.
 * Kept without a lock for all threads: the key is stored mixed with the rest, so that what two
 * threads wrote at a time is no instruction's. */
struct tc_race_place {
    int32_t offset, base;
};
struct tc_race_placed {
    uint64_t mixed, place;
};
#define TC_RACE_PLACES (1u << 16)
extern struct tc_race_placed tc_race_places[TC_RACE_PLACES];

static inline TC_INTEGERS_ONLY struct tc_race_placed *tc_race_placed_at(uintptr_t pc) {
    return &tc_race_places[(pc ^ pc >> 16) % TC_RACE_PLACES];
}

static inline TC_INTEGERS_ONLY bool tc_race_place_of(uintptr_t pc, struct tc_race_place *place) {
    const struct tc_race_placed *placed = tc_race_placed_at(pc);
    uint64_t word = __atomic_load_n(&placed->place, __ATOMIC_RELAXED);
    *place = (struct tc_race_place){(int32_t)word, (int32_t)(word >> 32)};
    return (__atomic_load_n(&placed->mixed, __ATOMIC_RELAXED) ^ word) == pc;
}

static inline TC_INTEGERS_ONLY void tc_race_place_set(uintptr_t pc, struct tc_race_place place) {
    struct tc_race_placed *placed = tc_race_placed_at(pc);
    uint64_t word = (uint32_t)place.offset | (uint64_t)(uint32_t)place.base << 32;
    __atomic_store_n(&placed->place, word, __ATOMIC_RELAXED);
    __atomic_store_n(&placed->mixed, word ^ pc, __ATOMIC_RELAXED);
}

/* Whether the stack at this place is what is remembered of it. */
TC_RACE_INLINE bool tc_race_is_seen(const struct tc_race_seen *seen, uintptr_t pc, uintptr_t cfa) {
    return seen->pc == pc && seen->cfa == cfa && *seen->word[0] == seen->value[0] &&
           *seen->word[1] == seen->value[1];
}

/* context_again.c: the stack at a place where one was captured before, from the same caller; false:
 * it has to be captured.  `seen`: where it is remembered then, with no access so far. */
TC_INTEGERS_ONLY bool tc_race_stack_again(struct tc_race_thread *thread, struct tc_race_seen *seen,
                                          uintptr_t pc, uintptr_t cfa);

/* Where the function's return address lies, as far as it is known, or NULL; and from here on its
 * caller has this stack, wherever that was called from. */
TC_INTEGERS_ONLY const uint64_t *tc_race_return_slot(uintptr_t pc, uintptr_t cfa);
TC_INTEGERS_ONLY void tc_race_caller_known(struct tc_race_thread *thread, const uint64_t *slot,
                                           uint32_t stack);

/* The context of such a place; 0: not known, or there is none yet, or rewritten code has to come
 * the long way.  The held set must be known. */
TC_INTEGERS_ONLY uint32_t tc_race_context_again(struct tc_race_thread *thread, uint32_t what,
                                                uintptr_t pc, uintptr_t cfa);

#endif
