/* stack_trie.c: see stack_trie.h.  Nodes are never changed once readers can see them, but for their
 * table of children, to which entries are added; everything else is replaced by a new node. */
#include "preload/stack_trie.h"

#include <string.h>

#include "preload/sys.h"

#include "preload/poison.h"

struct tc_trie_root tc_trie_roots[1 << TC_TRIE_ROOT_BITS];
struct tc_trie_root tc_trie_inner_roots[1 << TC_TRIE_ROOT_BITS];
struct tc_trie_root tc_trie_caller_roots[1 << TC_TRIE_ROOT_BITS];

static uint32_t used[TC_TRIE_TABLES]; /* roots of each table */
static uint32_t inserting; /* a try-lock: nobody waits for it, so a fork or a signal cannot hang */
static struct tc_arena arena;

static struct tc_trie_check check_of(const struct tc_stack_slot *slot) {
    return (struct tc_trie_check){slot->offset, slot->relative ? -1 : 0, slot->value};
}

static bool same_place(const struct tc_trie_check *a, const struct tc_trie_check *b) {
    return a->offset == b->offset && a->relative == b->relative;
}

static struct tc_trie_node *new_node(uint32_t check_count) {
    struct tc_trie_node *node =
        tc_arena_take(&arena, sizeof *node + check_count * sizeof node->checks[0]);
    if (node)
        node->check_count = check_count;
    return node;
}

/* With the last one again, to a whole number of steps. */
static struct tc_trie_word *fill_up(const struct tc_trie_word *first, struct tc_trie_word *at,
                                    unsigned step) {
    for (; (at - first) % step; at++)
        *at = at[-1];
    return at;
}

/* One kind of checks of a node, copied to where they are compared without order. */
static struct tc_trie_word *line_up(const struct tc_trie_node *node, int32_t relative,
                                    struct tc_trie_word *at) {
    struct tc_trie_word *first = at;
    for (uint32_t i = 0; i < node->check_count; i++)
        if (node->checks[i].relative == relative)
            *at++ = (struct tc_trie_word){node->checks[i].offset, node->checks[i].value};
    return fill_up(first, at, relative ? TC_TRIE_RELATIVE_STEP : TC_TRIE_PLAIN_STEP);
}

/* Once its checks are known; false: out of memory. */
static bool finish_node(struct tc_trie_node *node) {
    struct tc_trie_word *words =
        tc_arena_take(&arena, (node->check_count + TC_TRIE_FILL) * sizeof *words);
    if (!words)
        return false;
    struct tc_trie_word *relative = line_up(node, 0, words);
    node->plain = words;
    node->relative = relative;
    node->end = line_up(node, -1, relative);
    node->reach = 0;
    for (uint32_t i = 0; i < node->check_count; i++) {
        int64_t end = (int64_t)node->checks[i].offset + 8;
        if (end < 8 - TC_TRIE_BELOW) /* not known to be readable */
            node->reach = 1ull << 62;
        else if (end > (int64_t)node->reach)
            node->reach = (uint64_t)end;
    }
    return true;
}

/* The whole way that is being inserted. */
static const struct tc_stack_slot *way_slots;
static uint32_t way_slot_count;

/* A word in front of which a walk stood proves the others: all of them, in the order in which they
 * are compared without one.  False: out of memory. */
static bool lay_way(struct tc_trie_node *leaf) {
    struct tc_trie_word *words =
        tc_arena_take(&arena, (way_slot_count + TC_TRIE_FILL) * sizeof *words);
    struct tc_trie_word *at = words;
    if (!words)
        return false;
    for (int relative = 0; relative < 2; relative++) {
        struct tc_trie_word *first = at;
        for (uint32_t i = 0; i < way_slot_count; i++) {
            const struct tc_stack_slot *slot = &way_slots[i];
            if (slot->relative != (relative != 0))
                continue;
            if (slot->offset < -TC_TRIE_BELOW)
                return true; /* it has to be compared in order */
            if (slot->offset + 8 > (int32_t)leaf->way_reach)
                leaf->way_reach = (uint32_t)(slot->offset + 8);
            *at++ = (struct tc_trie_word){slot->offset, slot->value};
        }
        at = fill_up(first, at, relative ? TC_TRIE_RELATIVE_STEP : TC_TRIE_PLAIN_STEP);
        if (!relative)
            leaf->way_plain = (uint16_t)(at - words);
    }
    leaf->way_count = (uint16_t)(at - words);
    leaf->way = words;
    return true;
}

static struct tc_trie_node *new_leaf(const struct tc_stack_slot *slots, uint32_t count,
                                     uint32_t id) {
    struct tc_trie_node *leaf = new_node(count);
    if (!leaf)
        return NULL;
    leaf->id = id;
    for (uint32_t i = 0; i < count; i++)
        leaf->checks[i] = check_of(&slots[i]);
    return finish_node(leaf) && lay_way(leaf) ? leaf : NULL;
}

static struct tc_trie_child *new_table(uint32_t mask) {
    return tc_arena_take(&arena, ((size_t)mask + 1) * sizeof(struct tc_trie_child));
}

static void put_child(struct tc_trie_child *table, uint32_t mask, uint64_t value,
                      struct tc_trie_node *node) {
    uint32_t at = tc_trie_child_index(value, mask);
    while (table[at].value)
        at = (at + 1) & mask;
    __atomic_store_n(&table[at].node, node, __ATOMIC_RELEASE);
    __atomic_store_n(&table[at].value, value, __ATOMIC_RELEASE);
}

static void publish(struct tc_trie_node **link, struct tc_trie_node *node) {
    __atomic_store_n(link, node, __ATOMIC_RELEASE);
}

/* Splits `node` at its check `at`, where the new stack has another value: up to there shared, then
 * a branch to the rest of the old node and to the rest of the new slots. */
static void split(struct tc_trie_node **link, const struct tc_trie_node *node, uint32_t at,
                  const struct tc_stack_slot *slots, uint32_t count, uint32_t id) {
    enum { FIRST_MASK = 3 };
    uint32_t rest_count = node->check_count - at - 1;
    struct tc_trie_node *rest = new_node(rest_count), *shared = new_node(at);
    struct tc_trie_node *leaf = new_leaf(slots + 1, count - 1, id);
    struct tc_trie_child *table = new_table(FIRST_MASK);
    if (!rest || !shared || !leaf || !table)
        return;
    memcpy(rest, node, sizeof *node);
    rest->check_count = rest_count;
    memcpy(rest->checks, node->checks + at + 1, rest_count * sizeof rest->checks[0]);
    memcpy(shared->checks, node->checks, at * sizeof shared->checks[0]);
    if (!finish_node(rest) || !finish_node(shared))
        return;
    shared->branch = node->checks[at];
    shared->mask = FIRST_MASK;
    shared->children = table;
    put_child(table, FIRST_MASK, node->checks[at].value, rest);
    put_child(table, FIRST_MASK, slots[0].value, leaf);
    publish(link, shared);
}

/* Adds a child for the value of slots[0]; a table more than half full is replaced with its node. */
static void add_child(struct tc_trie_node **link, struct tc_trie_node *node,
                      const struct tc_stack_slot *slots, uint32_t count, uint32_t id) {
    struct tc_trie_node *leaf = new_leaf(slots + 1, count - 1, id);
    uint32_t used = 0;
    for (uint32_t i = 0; i <= node->mask; i++)
        used += node->children[i].value != 0;
    if (!leaf)
        return;
    if (used * 2 < node->mask + 1) {
        put_child(node->children, node->mask, slots[0].value, leaf);
        return;
    }
    uint32_t mask = node->mask * 2 + 1;
    struct tc_trie_child *table = new_table(mask);
    struct tc_trie_node *larger = new_node(node->check_count);
    if (!table || !larger)
        return;
    for (uint32_t i = 0; i <= node->mask; i++)
        if (node->children[i].value)
            put_child(table, mask, node->children[i].value, node->children[i].node);
    put_child(table, mask, slots[0].value, leaf);
    memcpy(larger, node, sizeof *node + node->check_count * sizeof node->checks[0]);
    larger->children = table;
    larger->mask = mask;
    publish(link, larger);
}

/* Follows `slots` down from `link` and adds what is missing.  Where the same words so far lead to
 * other places (which an exact walk does not do), or a word is 0 (which marks a free child), the
 * stack is left to be unwound each time. */
static void insert_below(struct tc_trie_node **link, const struct tc_stack_slot *slots,
                         uint32_t count, uint32_t id) {
    for (;;) {
        struct tc_trie_node *node = *link;
        for (uint32_t i = 0; i < node->check_count; i++, slots++, count--) {
            if (count == 0)
                return;
            struct tc_trie_check check = check_of(slots);
            if (!same_place(&node->checks[i], &check))
                return;
            if (node->checks[i].value != check.value) {
                if (check.value && node->checks[i].value)
                    split(link, node, i, slots, count, id);
                return;
            }
        }
        if (count == 0 || node->mask == 0)
            return;
        struct tc_trie_check check = check_of(slots);
        if (!same_place(&node->branch, &check) || check.value == 0)
            return;
        uint32_t at = tc_trie_child_index(check.value, node->mask);
        while (node->children[at].value && node->children[at].value != check.value)
            at = (at + 1) & node->mask;
        if (!node->children[at].value) {
            add_child(link, node, slots, count, id);
            return;
        }
        link = &node->children[at].node;
        slots++;
        count--;
    }
}

static struct tc_trie_root *roots_of(enum tc_trie_table table) {
    return table == TC_TRIE_STACKS  ? tc_trie_roots
           : table == TC_TRIE_INNER ? tc_trie_inner_roots
                                    : tc_trie_caller_roots;
}

/* The root of a call site, made when missing; NULL when the table is three quarters full. */
static struct tc_trie_root *root_of(enum tc_trie_table table, uintptr_t return_address) {
    const size_t size = (size_t)1 << TC_TRIE_ROOT_BITS;
    struct tc_trie_root *roots = roots_of(table);
    size_t at = tc_trie_root_index(return_address);
    while (roots[at].return_address) {
        if (roots[at].return_address == return_address)
            return &roots[at];
        at = (at + 1) & (size - 1);
    }
    if (used[table] >= size / 4 * 3)
        return NULL;
    used[table]++;
    __atomic_store_n(&roots[at].return_address, return_address, __ATOMIC_RELEASE);
    return &roots[at];
}

void tc_trie_insert(enum tc_trie_table table, uintptr_t return_address,
                    const struct tc_stack_slot *slots, uint32_t count, uint32_t id) {
    if (__atomic_exchange_n(&inserting, 1, __ATOMIC_ACQUIRE))
        return;
    way_slots = slots;
    way_slot_count = count;
    struct tc_trie_root *root = root_of(table, return_address);
    if (root && root->node) {
        insert_below(&root->node, slots, count, id);
    } else if (root) {
        struct tc_trie_node *leaf = new_leaf(slots, count, id);
        if (leaf)
            publish(&root->node, leaf);
    }
    __atomic_store_n(&inserting, 0, __ATOMIC_RELEASE);
}

static void forget(enum tc_trie_table table) {
    struct tc_trie_root *roots = roots_of(table);
    for (size_t i = 0; i < (size_t)1 << TC_TRIE_ROOT_BITS && used[table]; i++)
        if (roots[i].return_address)
            publish(&roots[i].node, NULL);
}

void tc_trie_forget(void) {
    for (unsigned table = 0; table < TC_TRIE_TABLES; table++)
        forget((enum tc_trie_table)table);
}

void tc_trie_forked(void) {
    inserting = 0;
    tc_trie_forget();
}
