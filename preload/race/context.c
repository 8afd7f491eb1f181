/* context.c: where an access was made: its instruction, its stack and the locks held there, as an
 * index of 16 bits that fits beside each cell of the shadow.
 *
 * What: three steps, each cheaper than the next and asked first: a small cache by instruction and
 *       stack pointer, whose entries are trusted while the two innermost return addresses are as
 *       they were; the trie of stacks (stack_trie.h), exact, one comparison a frame; an unwind.
 * Threads: a slot's contexts are written by its owner and read by whoever reports a race.  Sets of
 *          held locks are shared by all: found without a lock, added under one.
 */
#include <string.h>

#include "preload/cfi.h"
#include "preload/interpreter.h"
#include "preload/process.h"
#include "preload/race/caller.h"
#include "preload/race/context.h"
#include "preload/race/core.h"
#include "preload/race/parts.h"
#include "preload/stack_trie.h"

#include "preload/poison.h"

#define TABLE_FIRST 256
#define IN_VAIN     16 /* times that a stack which nothing remembers is unwound for one instruction */

struct tc_held_sets tc_held_sets;
static struct tc_arena arena;
static struct tc_lock sets_lock;

uint16_t tc_race_unwound[1 << 14];

static uint32_t set_add(const struct tc_held_list *held, uint32_t count, uint32_t hash) {
    struct tc_held_set *set = NULL;
    if (tc_held_sets.count == TC_HELD_SETS_MAX ||
        !(set = tc_arena_take(&arena, sizeof *set + count * sizeof set->locks[0])))
        return TC_HELD_UNKNOWN;
    set->count = count;
    for (uint32_t i = 0; i < count; i++)
        set->locks[i] = tc_held_object(held->entries[i]);
    tc_held_sets.sets[++tc_held_sets.count] = set;
    uint32_t at = hash % TC_HELD_SETS_TABLE;
    while (tc_held_sets.table[at])
        at = (at + 1) % TC_HELD_SETS_TABLE;
    __atomic_store_n(&tc_held_sets.table[at], tc_held_sets.count, __ATOMIC_RELEASE);
    return tc_held_sets.count;
}

static uint32_t held_set(const struct tc_held_list *held) {
    uint32_t count = tc_held_set_count(held);
    if (!count)
        return 0;
    uint32_t hash = tc_held_set_hash(held, count);
    uint32_t id = tc_held_set_find(held, count, hash);
    if (id)
        return id;
    struct tc_lock_state state = tc_lock_take(&sets_lock);
    id = tc_held_set_find(held, count, hash);
    if (!id)
        id = set_add(held, count, hash);
    tc_lock_give(&sets_lock, state);
    return id;
}

uint32_t tc_race_held_set_now(void) {
    return held_set(tc_local.held);
}

const uint32_t *tc_race_held_set(uint32_t held, uint32_t *count) {
    *count = held && held <= TC_HELD_SETS_MAX ? tc_held_sets.sets[held]->count : 0;
    return *count ? tc_held_sets.sets[held]->locks : NULL;
}

/* The stack, exactly; 0: it cannot be captured here, or not any more. */
static uint32_t stack_of(struct tc_site site) {
    const struct tc_thread *known = tc_local.thread;
    uint32_t stack = tc_trie_find(site.return_address, site.cfa, known ? known->stack_low : 0,
                                  known ? known->stack_high : 0);
    if (TC_LIKELY(stack != 0))
        return stack;
    if (known && !known->index)
        return 0; /* a forked child: to begin anew would take away what the caller works with */
    if (tc_is_busy() || tc_locks_held())
        return 0; /* code of the program's that a hook of ours called, as an interpreter's is */
    uint16_t *times = tc_race_unwound_at(site.return_address);
    if (*times >= TC_UNWOUND_MAX)
        return 0;
    struct tc_thread *self = tc_enter();
    if (!self)
        return 0;
    ++*times;
    bool own = tc_interpreter.is_own && tc_interpreter.is_own(site.return_address);
    stack = own ? tc_stack_native(self, site) : tc_stack_here(self, site);
    if (!tc_trie_find(site.return_address, site.cfa, self->stack_low, self->stack_high) &&
        !tc_trie_find_in(tc_trie_inner_roots, site.return_address, site.cfa, self->stack_low,
                         self->stack_high))
        *times += TC_UNWOUND_MAX / IN_VAIN;
    tc_leave(self);
    return stack;
}

/* Where stacks are too many to be captured: that of the function and its caller. */
static uint32_t nearest(struct tc_race_thread *thread, struct tc_site site) {
    const uint64_t *slot = tc_race_return_slot(site.return_address, site.cfa);
    if (!slot || *tc_race_unwound_at(site.return_address) < TC_UNWOUND_MAX)
        return 0;
    uint64_t frame = tc_race_original(*slot);
    uint32_t caller = tc_caller_number(&frame, 1, TC_STACK_TRUNCATED);
    if (caller)
        tc_race_caller_known(thread, slot, caller);
    return caller;
}

/* As contexts have it. */
static uint32_t stack_from(struct tc_race_thread *thread, struct tc_site site) {
    uint32_t stack = stack_of(site), caller = tc_caller_of(stack);
    if (caller)
        return caller;
    return stack ? stack : nearest(thread, site);
}

/* Where the unwind table says that the return address lies: then the caller may be known, without a
 * walk from this instruction.  False: it was known, or the table does not tell. */
static bool place_by_rule(struct tc_site site) {
    struct tc_race_place place;
    if (TC_LINK_REGISTER || tc_race_place_of(site.return_address, &place))
        return false;
    struct tc_cfi rule = tc_cfi_find(tc_race_original(site.return_address) - 1);
    if (rule.kind != TC_CFI_FROM_SP && rule.kind != TC_CFI_FROM_BP)
        return false;
    place.offset = rule.cfa_offset - 8;
    place.base = rule.kind == TC_CFI_FROM_SP ? 0
                 : site.frame_slot           ? (int32_t)site.frame_slot
                                             : -TC_TRIE_BELOW;
    tc_race_place_set(site.return_address, place);
    return true;
}

void tc_race_places_forget(void) {
    for (size_t i = 0; i < TC_RACE_PLACES; i++)
        if (__atomic_load_n(&tc_race_places[i].mixed, __ATOMIC_RELAXED))
            __atomic_store_n(&tc_race_places[i].mixed, 0, __ATOMIC_RELAXED);
}

static bool stack_again(struct tc_race_thread *thread, struct tc_race_seen *seen,
                        struct tc_site site) {
    return tc_race_stack_again(thread, seen, site.return_address, site.cfa) ||
           (place_by_rule(site) &&
            tc_race_stack_again(thread, seen, site.return_address, site.cfa));
}

static void table_grow(struct tc_race_contexts *contexts) {
    uint32_t old = contexts->mask, mask = old ? old * 2 + 1 : TABLE_FIRST - 1;
    memset(contexts->table, 0, (old + 1ul) * sizeof contexts->table[0]);
    contexts->mask = mask;
    for (uint32_t index = 1; index <= contexts->count; index++) {
        uint32_t hash = tc_race_context_hash(&contexts->context[index]), at = hash & mask;
        while (contexts->table[at])
            at = (at + 1) & mask;
        contexts->table[at] = TC_CONTEXT_TAG(hash) | index;
    }
}

static uint32_t context_index(struct tc_race_contexts *contexts, struct tc_race_context wanted) {
    if (contexts->count * 2 >= contexts->mask)
        table_grow(contexts);
    uint32_t at, known = tc_race_context_for(contexts, &wanted, &at);
    if (known || at == UINT32_MAX)
        return known;
    uint32_t index = ++contexts->count;
    contexts->context[index] = wanted;
    contexts->table[at] = TC_CONTEXT_TAG(tc_race_context_hash(&wanted)) | index;
    return index;
}

uint32_t tc_race_context(struct tc_race_thread *thread, uint32_t what, struct tc_site site) {
    if (TC_UNLIKELY(thread->held_unknown)) {
        thread->held = held_set(tc_local.held);
        thread->held_unknown = false;
    }
    struct tc_race_seen *seen = &thread->seen[TC_RACE_SEEN_AT(site.return_address, site.cfa)];
    bool same = tc_race_is_seen(seen, site.return_address, site.cfa);
    if (TC_LIKELY(same && seen->held == thread->held && seen->what == what))
        return seen->index;
    same = same || stack_again(thread, seen, site);
    uint32_t stack = same ? seen->stack : stack_from(thread, site);
    struct tc_race_context wanted = {site.return_address, stack, thread->held, what, 0};
    uint32_t index = context_index(thread->contexts, wanted);
    seen->pc = site.return_address;
    seen->cfa = site.cfa;
    seen->stack = stack;
    seen->held = thread->held;
    seen->what = what;
    seen->index = index;
    if (!same)
        tc_race_seen_words(seen, tc_trie_root_in(tc_trie_roots, site.return_address), site.cfa);
    return index;
}

void tc_race_contexts_forked(void) {
    memset(tc_held_sets.table, 0, sizeof tc_held_sets.table);
    tc_held_sets.count = 0;
    arena = (struct tc_arena){0};
    tc_lock_init(&sets_lock);
}
