/* contexts.c: the cache of what was seen (contexts.h).
 *
 * Sets of eight keys that fill a cache line.  All of them lie in the second cache of a processor:
 * with a table ten times as large, a trace in which little repeats took twice as long.
 */
#include "analyzer/model/contexts.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"

enum { SETS = 1 << 13, WAYS = 8 };

/* The newest first; 0: none. */
struct set {
    uint64_t keys[WAYS];
};
_Static_assert(sizeof(struct set) == 64, "a set is a cache line");

struct tc_contexts {
    struct set *sets;
    void *memory;
};

struct tc_contexts *tc_contexts_new(void) {
    struct tc_contexts *contexts = tc_alloc(sizeof *contexts);
    size_t line = sizeof(struct set);
    contexts->memory = tc_alloc_array(SETS + 1, line);
    contexts->sets = (void *)(((uintptr_t)contexts->memory + line - 1) & ~(uintptr_t)(line - 1));
    return contexts;
}

void tc_contexts_free(struct tc_contexts *contexts) {
    if (!contexts)
        return;
    free(contexts->memory);
    free(contexts);
}

static inline uint64_t key_of(uint64_t number, uint32_t thread, uint32_t version) {
    uint64_t key = (number ^ ((uint64_t)thread << 32 | version)) * 0xff51afd7ed558ccdull;
    return (key ^ (key >> 32)) | 1;
}

static inline struct set *set_of(const struct tc_contexts *contexts, uint64_t key) {
    return &contexts->sets[(key >> 33) % SETS];
}

static inline bool is_in(const struct set *set, uint64_t key) {
    bool found = false;
    for (int i = 0; i < WAYS; i++) /* without a branch for each: which one it is, is no pattern */
        found |= set->keys[i] == key;
    return found;
}

bool tc_contexts_has(const struct tc_contexts *contexts, uint64_t number, uint32_t thread,
                     uint32_t version) {
    uint64_t key = key_of(number, thread, version);
    return is_in(set_of(contexts, key), key);
}

bool tc_contexts_seen(struct tc_contexts *contexts, uint64_t number, uint32_t thread,
                      uint32_t version) {
    uint64_t key = key_of(number, thread, version);
    struct set *set = set_of(contexts, key);
    if (is_in(set, key))
        return true;
    memmove(&set->keys[1], &set->keys[0], (WAYS - 1) * sizeof set->keys[0]);
    set->keys[0] = key;
    return false;
}
