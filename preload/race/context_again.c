/* context_again.c: the context of an access whose stack was captured before, where the thread does
 * not remember it: a function that is called from here and there by turns, from more places than a
 * thread has room for, or on stacks that cannot be captured.
 *
 * Compiled without vector registers and without a call to what is not, as access_quick.c, which
 * calls it.
 * Threads: for the calling thread.
 */
#include "preload/race/context.h"

#include "preload/poison.h"

TC_INTEGERS_ONLY uint32_t tc_race_context_again(struct tc_race_thread *thread, uint32_t what,
                                                uintptr_t pc, uintptr_t cfa) {
    const struct tc_thread *known = tc_local.thread;
    if (!known || thread->begun != thread->slot)
        return 0;
    const struct tc_trie_node *root = tc_trie_root_in(tc_trie_roots, pc);
    const struct tc_trie_node *leaf =
        tc_trie_leaf_below(root, cfa, known->stack_low, known->stack_high);
    if (!leaf && *tc_race_unwound_at(pc) < TC_UNWOUND_MAX)
        return 0;
    uint32_t stack = leaf ? leaf->id : 0, place;
    struct tc_race_context wanted = {pc, stack, thread->held, what, 0};
    uint32_t index = tc_race_context_for(thread->contexts, &wanted, &place);
    if (!index)
        return 0;
    struct tc_race_seen *seen = &thread->seen[TC_RACE_SEEN_AT(pc, cfa)];
    *seen = (struct tc_race_seen){
        .pc = pc, .cfa = cfa, .stack = stack, .held = thread->held, .what = what, .index = index};
    tc_race_seen_words(seen, root, cfa);
    return index;
}
