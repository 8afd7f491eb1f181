/* context_again.c: the context of an access whose stack was captured before, where the thread does
 * not remember it: a function that is called from here and there by turns, from more places than a
 * thread has room for, or on stacks that cannot be captured.
 *
 * What: asked first is where the function returns to: all accesses of one call have that in common,
 *       and of a call from the same place at the same depth.  Only where the thread does not
 *       remember that the trie is asked.
 *
 * Compiled without vector registers and without a call to what is not, as access_quick.c, which
 * calls it.
 * Threads: for the calling thread.
 */
#include "preload/race/caller.h"
#include "preload/race/context.h"

#include "preload/poison.h"

struct tc_race_placed tc_race_places[TC_RACE_PLACES];

#define INTEGERS_ONLY TC_INTEGERS_ONLY
#define ALWAYS        static inline __attribute__((always_inline)) TC_INTEGERS_ONLY

/* Where the walk from there begins with the return address that is known without a stack. */
ALWAYS bool learn_place(uintptr_t pc, struct tc_race_place *place) {
    const struct tc_trie_node *root = tc_trie_root_in(tc_trie_roots, pc);
    const struct tc_trie_check *first = !root               ? NULL
                                        : root->check_count ? root->checks
                                        : root->mask        ? &root->branch
                                                            : NULL;
    if (!first || first->relative)
        return false;
    *place = (struct tc_race_place){.offset = first->offset};
    tc_race_place_set(pc, *place);
    return true;
}

/* Where the return address of the access's function lies, or NULL: not known. */
ALWAYS const uint64_t *return_slot(const struct tc_thread *known, uintptr_t pc, uintptr_t cfa) {
    struct tc_race_place place;
    if (!tc_race_place_of(pc, &place) && !learn_place(pc, &place))
        return NULL;
    uintptr_t from = place.base ? *(const uintptr_t *)(cfa + (uintptr_t)(intptr_t)place.base) : cfa;
    uintptr_t slot = from + (uintptr_t)(intptr_t)place.offset;
    return slot >= known->stack_low && slot + 8 <= known->stack_high && !(slot & 7)
               ? (const uint64_t *)slot
               : NULL;
}

ALWAYS struct tc_race_frame *frame_at(struct tc_race_thread *thread, const uint64_t *slot,
                                      uint64_t value) {
    uintptr_t hash = (uintptr_t)slot >> 4 ^ value ^ value >> 9;
    return &thread->frames[hash % TC_RACE_FRAMES];
}

/* What is remembered of the caller, or NULL.  What lies further out is read only where the return
 * address is as it was. */
ALWAYS const struct tc_race_frame *caller_at(struct tc_race_thread *thread, const uint64_t *slot) {
    const struct tc_race_frame *frame = frame_at(thread, slot, *slot);
    return frame->word[0] == slot && frame->value[0] == *slot &&
                   *frame->word[1] == frame->value[1] && *frame->word[2] == frame->value[2]
               ? frame
               : NULL;
}

/* Remembers the caller of an access whose stack ended at `leaf`, if it is found by what is constant
 * at this instruction: the first word of the walk is the return address, or the saved frame pointer
 * that it lies above. */
ALWAYS const struct tc_race_frame *remember(struct tc_race_thread *thread,
                                            const struct tc_trie_node *root,
                                            const struct tc_trie_node *leaf, uintptr_t pc,
                                            uintptr_t cfa) {
    const struct tc_trie_check *first = root->check_count ? root->checks : &root->branch;
    uint32_t caller = tc_caller_of(leaf->id);
    if (!caller || !leaf->way || !leaf->way_plain || (!root->check_count && !root->mask))
        return NULL;
    const struct tc_trie_word *way = leaf->way; /* first the plain ones, in the order of the walk */
    struct tc_race_place place = {.offset = (int32_t)way[0].offset};
    if (first->relative) {
        const uint64_t *base = (const uint64_t *)(cfa + (uintptr_t)(intptr_t)first->offset);
        place.base = first->offset;
        place.offset -= (int32_t)(*base - cfa);
    }
    tc_race_place_set(pc, place);
    const uint64_t *slot = (const uint64_t *)(cfa + (uintptr_t)way[0].offset);
    struct tc_race_frame *frame = frame_at(thread, slot, way[0].value);
    for (unsigned i = 0; i < 3; i++) {
        frame->word[i] = (const uint64_t *)(cfa + (uintptr_t)way[i].offset);
        frame->value[i] = way[i].value;
    }
    frame->stack = caller;
    return frame;
}

/* The same where the caller's stack is known, though perhaps not from this instruction. */
ALWAYS const struct tc_race_frame *remember_caller(struct tc_race_thread *thread,
                                                   const struct tc_thread *known,
                                                   const uint64_t *slot) {
    uintptr_t cfa = (uintptr_t)(slot + 1);
    const struct tc_trie_node *leaf =
        tc_trie_leaf_in(tc_trie_caller_roots, *slot, cfa, known->stack_low, known->stack_high);
    if (!leaf || !leaf->way)
        return NULL;
    struct tc_race_frame *frame = frame_at(thread, slot, *slot);
    for (unsigned i = 0; i < 3; i++) {
        frame->word[i] = i && leaf->way_plain
                             ? (const uint64_t *)(cfa + (uintptr_t)leaf->way[i - 1].offset)
                             : slot;
        frame->value[i] = i && leaf->way_plain ? leaf->way[i - 1].value : *slot;
    }
    frame->stack = leaf->id;
    return frame;
}

INTEGERS_ONLY const uint64_t *tc_race_return_slot(uintptr_t pc, uintptr_t cfa) {
    return tc_local.thread ? return_slot(tc_local.thread, pc, cfa) : NULL;
}

INTEGERS_ONLY void tc_race_caller_known(struct tc_race_thread *thread, const uint64_t *slot,
                                        uint32_t stack) {
    struct tc_race_frame *frame = frame_at(thread, slot, *slot);
    for (unsigned i = 0; i < 3; i++) {
        frame->word[i] = slot;
        frame->value[i] = *slot;
    }
    frame->stack = stack;
}

INTEGERS_ONLY bool tc_race_stack_again(struct tc_race_thread *thread, struct tc_race_seen *seen,
                                       uintptr_t pc, uintptr_t cfa) {
    const struct tc_thread *known = tc_local.thread;
    if (!known)
        return false;
    const uint64_t *slot = return_slot(known, pc, cfa);
    const struct tc_race_frame *frame = slot ? caller_at(thread, slot) : NULL;
    const struct tc_trie_node *root = NULL, *leaf = NULL;
    if (!frame && slot)
        frame = remember_caller(thread, known, slot);
    if (!frame) {
        root = tc_trie_root_in(tc_trie_roots, pc);
        leaf = tc_trie_leaf_below(root, cfa, known->stack_low, known->stack_high);
        if (!leaf && (slot || *tc_race_unwound_at(pc) < TC_UNWOUND_MAX))
            return false;
        frame = leaf ? remember(thread, root, leaf, pc, cfa) : NULL;
    }
    seen->pc = pc;
    seen->cfa = cfa;
    seen->what = UINT32_MAX; /* nothing, so far */
    if (!frame) {
        seen->stack = leaf ? leaf->id : 0;
        tc_race_seen_words(seen, root, cfa);
        return true;
    }
    seen->stack = frame->stack;
    for (unsigned i = 0; i < 2; i++) {
        seen->word[i] = frame->word[i];
        seen->value[i] = frame->value[i];
    }
    return true;
}

INTEGERS_ONLY uint32_t tc_race_context_again(struct tc_race_thread *thread, uint32_t what,
                                             uintptr_t pc, uintptr_t cfa) {
    struct tc_race_seen *seen = &thread->seen[TC_RACE_SEEN_AT(pc, cfa)];
    uint32_t place;
    if (thread->begun != thread->slot ||
        !(tc_race_is_seen(seen, pc, cfa) || tc_race_stack_again(thread, seen, pc, cfa)))
        return 0;
    struct tc_race_context wanted = {pc, seen->stack, thread->held, what, 0};
    uint32_t index = tc_race_context_for(thread->contexts, &wanted, &place);
    if (!index)
        return 0;
    seen->held = thread->held;
    seen->what = what;
    seen->index = index;
    return index;
}
