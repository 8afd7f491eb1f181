/* stack_trie.h: recognises a stack that was captured before, without unwinding it again.
 *
 * What: for each call site, a path-compressed trie over the words of the stack that decided the
 *       first walk (unwind.h, struct tc_stack_slot).  When all words down one path are as they
 *       were, the stack is the same, by induction over its frames: a frame's layout follows from
 *       its return address, which was just verified.  A word is read only when those before it
 *       are proven equal, so it is always inside a living frame.
 * Threads: find is lock-free and may run anywhere.  insert may be called by any thread with the
 *          guard on; when another thread inserts at that moment it does nothing, and a later
 *          capture tries again.
 */
#ifndef TC_PRELOAD_STACK_TRIE_H
#define TC_PRELOAD_STACK_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "preload/arch.h"
#include "preload/unwind.h"

#define TC_TRIE_INLINE static inline __attribute__((always_inline)) TC_INTEGERS_ONLY

/* A word to verify: `value` is what it has to be, less the CFA when `relative` (all bits set). */
struct tc_trie_check {
    int32_t offset;
    int32_t relative; /* mask for the CFA: 0 or -1 */
    uint64_t value;
};

/* The same without the mask. */
struct tc_trie_word {
    int64_t offset;
    uint64_t value;
};

struct tc_trie_node;

/* One value of the word on which a node branches. */
struct tc_trie_child {
    uint64_t value; /* 0: free */
    struct tc_trie_node *node;
};

/* Checks first; then the end (mask 0: stack `id`) or a branch by one more word.
 *
 * The checks are there twice: in the order of the walk, for a stack of which nothing is known, and
 * without order, for one that is known to be readable as far as `reach` and can be compared without
 * a branch for each word.  There the plain ones come first, and each kind is filled up with one
 * that is there already to a whole number of steps. */
#define TC_TRIE_PLAIN_STEP    4
#define TC_TRIE_RELATIVE_STEP 2
#define TC_TRIE_FILL          (TC_TRIE_PLAIN_STEP - 1 + TC_TRIE_RELATIVE_STEP - 1)
#define TC_TRIE_BELOW         16 /* below the CFA: the return address, and what the hook pushed first */

struct tc_trie_node {
    uint32_t check_count, id;
    uint64_t reach; /* bytes above the CFA that the checks read */
    const struct tc_trie_word *plain, *relative, *end;
    struct tc_trie_check branch;
    struct tc_trie_child *children;
    uint32_t mask; /* of the table of children */
    uint32_t way_reach;
    const struct tc_trie_word *way; /* of a leaf: all words from the root on, sorted likewise;
                                       NULL: they can only be compared in order */
    uint16_t way_plain, way_count;
    struct tc_trie_check checks[];
};

struct tc_trie_root {
    uintptr_t return_address;  /* 0: free */
    struct tc_trie_node *node; /* NULL: nothing known, or forgotten */
};

/* Call sites that can be kept; stacks of further ones are unwound each time. */
#define TC_TRIE_ROOT_BITS 16
extern struct tc_trie_root tc_trie_roots[1 << TC_TRIE_ROOT_BITS];

/* The same for stacks with interpreted frames in them, which words of the stack do not tell: their
 * ids are of the native frames alone.  The short ways of the hooks do not look here. */
extern struct tc_trie_root tc_trie_inner_roots[1 << TC_TRIE_ROOT_BITS];

/* Stacks of callers (race/caller.h): by the address that a function returns to, as it is on the
 * stack, from the stack pointer there on. */
extern struct tc_trie_root tc_trie_caller_roots[1 << TC_TRIE_ROOT_BITS];

enum tc_trie_table { TC_TRIE_STACKS, TC_TRIE_INNER, TC_TRIE_CALLERS, TC_TRIE_TABLES };

TC_TRIE_INLINE size_t tc_trie_root_index(uintptr_t return_address) {
    return (size_t)((return_address * 0x9e3779b97f4a7c15ull) >> (64 - TC_TRIE_ROOT_BITS));
}

TC_TRIE_INLINE uint32_t tc_trie_child_index(uint64_t value, uint32_t mask) {
    return (uint32_t)((value * 0x9e3779b97f4a7c15ull) >> 40) & mask;
}

TC_TRIE_INLINE uint64_t tc_trie_read(uintptr_t cfa, const struct tc_trie_check *check) {
    return *(const volatile uint64_t *)(cfa + (uintptr_t)(intptr_t)check->offset) -
           (cfa & (uintptr_t)(intptr_t)check->relative);
}

/* Whether all these words are as they were: the plain ones, then the relative ones. */
TC_TRIE_INLINE bool tc_trie_same_words(const struct tc_trie_word *word,
                                       const struct tc_trie_word *relative,
                                       const struct tc_trie_word *end, uintptr_t cfa) {
    const char *base = (const char *)cfa;
    uint64_t differ = 0, a, b, c, d;
    for (; word != relative; word += TC_TRIE_PLAIN_STEP) {
        __builtin_memcpy(&a, base + word[0].offset, sizeof a);
        __builtin_memcpy(&b, base + word[1].offset, sizeof b);
        __builtin_memcpy(&c, base + word[2].offset, sizeof c);
        __builtin_memcpy(&d, base + word[3].offset, sizeof d);
        differ |= ((a ^ word[0].value) | (b ^ word[1].value)) |
                  ((c ^ word[2].value) | (d ^ word[3].value));
    }
    for (; word != end; word += TC_TRIE_RELATIVE_STEP) {
        __builtin_memcpy(&a, base + word[0].offset, sizeof a);
        __builtin_memcpy(&b, base + word[1].offset, sizeof b);
        differ |= ((a - cfa) ^ word[0].value) | ((b - cfa) ^ word[1].value);
    }
    return !differ;
}

/* Whether the words are as they were, each read only when those before it are. */
TC_TRIE_INLINE bool tc_trie_same_in_order(const struct tc_trie_node *node, uintptr_t cfa) {
    const struct tc_trie_check *check = node->checks, *end = check + node->check_count;
    for (; check < end; check++)
        if (tc_trie_read(cfa, check) != check->value)
            return false;
    return true;
}

/* The same where all can be read. */
TC_TRIE_INLINE bool tc_trie_same(const struct tc_trie_node *node, uintptr_t cfa) {
    return tc_trie_same_words(node->plain, node->relative, node->end, cfa);
}

/* What is known of the stacks at this call site, or NULL. */
TC_TRIE_INLINE const struct tc_trie_node *tc_trie_root_in(const struct tc_trie_root *roots,
                                                          uintptr_t return_address) {
    const size_t last = ((size_t)1 << TC_TRIE_ROOT_BITS) - 1;
    size_t at = tc_trie_root_index(return_address);
    uintptr_t key;
    while (__builtin_expect((key = __atomic_load_n(&roots[at].return_address, __ATOMIC_ACQUIRE)) !=
                                return_address,
                            0)) {
        if (!key)
            return NULL;
        at = (at + 1) & last;
    }
    return __atomic_load_n(&roots[at].node, __ATOMIC_ACQUIRE);
}

/* Where the stack ends below the root `node`, or NULL: not seen before.  [low, high) is the
 * thread's stack as far as it can be read for sure; the thread may run on another one. */
TC_TRIE_INLINE const struct tc_trie_node *
tc_trie_leaf_below(const struct tc_trie_node *node, uintptr_t cfa, uintptr_t low, uintptr_t high) {
    while (node) {
        bool own = cfa + node->reach <= high && cfa - TC_TRIE_BELOW >= low;
        bool same =
            __builtin_expect(own, 1) ? tc_trie_same(node, cfa) : tc_trie_same_in_order(node, cfa);
        if (__builtin_expect(!same, 0))
            return NULL;
        if (__builtin_expect(node->mask == 0, 1))
            return node;
        uint64_t value = tc_trie_read(cfa, &node->branch), found;
        uint32_t child = tc_trie_child_index(value, node->mask);
        while ((found = __atomic_load_n(&node->children[child].value, __ATOMIC_ACQUIRE)) != value) {
            if (!found)
                return NULL;
            child = (child + 1) & node->mask;
        }
        node = __atomic_load_n(&node->children[child].node, __ATOMIC_ACQUIRE);
    }
    return NULL;
}

/* The same of a call site in one of the two tables. */
TC_TRIE_INLINE const struct tc_trie_node *tc_trie_leaf_in(const struct tc_trie_root *roots,
                                                          uintptr_t return_address, uintptr_t cfa,
                                                          uintptr_t low, uintptr_t high) {
    return tc_trie_leaf_below(tc_trie_root_in(roots, return_address), cfa, low, high);
}

/* The id of the stack, or 0. */
TC_TRIE_INLINE uint32_t tc_trie_find_in(const struct tc_trie_root *roots, uintptr_t return_address,
                                        uintptr_t cfa, uintptr_t low, uintptr_t high) {
    const struct tc_trie_node *leaf = tc_trie_leaf_in(roots, return_address, cfa, low, high);
    return __builtin_expect(leaf != NULL, 1) ? leaf->id : 0;
}

TC_TRIE_INLINE uint32_t tc_trie_find(uintptr_t return_address, uintptr_t cfa, uintptr_t low,
                                     uintptr_t high) {
    return tc_trie_find_in(tc_trie_roots, return_address, cfa, low, high);
}

/* Remembers that `slots`, verified in order, mean stack `id`. */
void tc_trie_insert(enum tc_trie_table table, uintptr_t return_address,
                    const struct tc_stack_slot *slots, uint32_t count, uint32_t id);

/* Forgets everything: a module was unloaded.  Nodes in use by other threads stay readable. */
void tc_trie_forget(void);

/* The same in a forked child, whose parent may have been inserting. */
void tc_trie_forked(void);

#endif
