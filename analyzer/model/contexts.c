/* contexts.c: the caches behind held ids (contexts.h).
 *
 * Both caches are sets of two entries that fill a cache line.  A thread's look-ups meet the first
 * one only, in which nearly all of a long trace is found again: one miss of the processor's caches
 * each.  In large pages, as far as the kernel has them, since the entries asked for are all over
 * it.
 */
#include "analyzer/model/contexts.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "analyzer/base/memory.h"

enum { SETS_SMALL = 1 << 12, SETS_LARGE = 1 << 17, WAYS = 2 };
#define LARGE_PAGE (2ul << 20)

struct entry {
    uint64_t before, number;
    uint32_t object, stack;
    uint32_t version;
    uint32_t thread : 24, code : 8; /* thread and version: 0 among the links, which are anybody's */
};
_Static_assert(sizeof(struct entry) * WAYS == 64, "a set is a cache line");

struct set {
    struct entry ways[WAYS];
};

struct tc_contexts {
    uint64_t next;
    uint64_t mask;
    struct set *seen, *links;
    void *memory;
};

struct tc_contexts *tc_contexts_new(bool large) {
    struct tc_contexts *contexts = tc_alloc(sizeof *contexts);
    size_t sets = large ? SETS_LARGE : SETS_SMALL;
    size_t align = large ? LARGE_PAGE : sizeof(struct set);
    size_t size = 2 * sets * sizeof(struct set);
    contexts->memory = tc_alloc(size + align);
    contexts->seen = (void *)(((uintptr_t)contexts->memory + align - 1) & ~(uintptr_t)(align - 1));
    contexts->links = contexts->seen + sets;
    contexts->mask = sets - 1;
    contexts->next = TC_HELD_NOTHING + 1;
    if (large)
        madvise(contexts->seen, size, MADV_HUGEPAGE); /* slower without, no more */
    return contexts;
}

void tc_contexts_free(struct tc_contexts *contexts) {
    if (!contexts)
        return;
    free(contexts->memory);
    free(contexts);
}

static inline struct set *set_of(const struct tc_contexts *contexts, struct set *sets,
                                 const struct entry *key) {
    uint64_t a = key->before + ((uint64_t)key->code << 48) + ((uint64_t)key->thread << 40);
    uint64_t b = ((uint64_t)key->stack << 32 | key->object) + ((uint64_t)key->version << 20);
    uint64_t hash = (a ^ b * 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull;
    return &sets[(hash >> 32) & contexts->mask];
}

static inline bool is_same(const struct entry *a, const struct entry *b) {
    return a->before == b->before && a->object == b->object && a->stack == b->stack &&
           a->version == b->version && a->thread == b->thread && a->code == b->code;
}

static inline uint64_t find(const struct set *set, const struct entry *key) {
    if (is_same(&set->ways[0], key))
        return set->ways[0].number;
    return is_same(&set->ways[1], key) ? set->ways[1].number : 0;
}

static void put(struct set *set, const struct entry *entry) {
    set->ways[1] = set->ways[0];
    set->ways[0] = *entry;
}

static uint64_t link_of(struct tc_contexts *contexts, struct entry key) {
    struct set *set = set_of(contexts, contexts->links, &key);
    key.number = find(set, &key);
    if (!key.number) {
        key.number = contexts->next++;
        put(set, &key);
    }
    return key.number;
}

uint64_t tc_contexts_link(struct tc_contexts *contexts, uint64_t before, uint32_t object,
                          uint32_t stack, uint8_t code) {
    return link_of(
        contexts, (struct entry){.before = before, .object = object, .stack = stack, .code = code});
}

bool tc_contexts_look(struct tc_contexts *contexts, uint64_t before, uint32_t object,
                      uint32_t stack, uint8_t code, uint32_t thread, uint32_t version,
                      uint64_t *number) {
    struct entry key = {.before = before,
                        .object = object,
                        .stack = stack,
                        .version = version,
                        .thread = thread & 0xffffff,
                        .code = code};
    struct set *set = set_of(contexts, contexts->seen, &key);
    *number = find(set, &key);
    if (*number)
        return true;
    key.number = *number = tc_contexts_link(contexts, before, object, stack, code);
    put(set, &key);
    return false;
}
