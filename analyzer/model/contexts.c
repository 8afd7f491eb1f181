/* contexts.c: the caches behind held ids (contexts.h). */
#include "analyzer/model/contexts.h"

#include <stdlib.h>

#include "analyzer/base/memory.h"

enum { LINKS = 1 << 16, SEEN = 1 << 16 };

struct link {
    uint64_t before, number;
    uint32_t object, stack;
    uint8_t code;
};

struct seen {
    uint64_t number;
    uint32_t thread, version;
};

struct tc_contexts {
    uint64_t next;
    struct link links[LINKS];
    struct seen seen[SEEN];
};

struct tc_contexts *tc_contexts_new(void) {
    struct tc_contexts *contexts = tc_alloc(sizeof *contexts);
    contexts->next = TC_HELD_NOTHING + 1;
    return contexts;
}

void tc_contexts_free(struct tc_contexts *contexts) {
    free(contexts);
}

static uint64_t mix(uint64_t a, uint64_t b) {
    uint64_t key = (a ^ b * 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull;
    return key ^ key >> 32;
}

uint64_t tc_contexts_link(struct tc_contexts *contexts, uint64_t before, uint32_t object,
                          uint32_t stack, uint8_t code) {
    uint64_t hash = mix(before + ((uint64_t)code << 48), (uint64_t)stack << 32 | object);
    struct link *link = &contexts->links[hash % LINKS];
    if (link->before == before && link->object == object && link->stack == stack &&
        link->code == code)
        return link->number;
    *link = (struct link){before, contexts->next++, object, stack, code};
    return link->number;
}

bool tc_contexts_seen(struct tc_contexts *contexts, uint64_t number, uint32_t thread,
                      uint32_t version) {
    struct seen *seen = &contexts->seen[mix(number, (uint64_t)version << 32 | thread) % SEEN];
    if (seen->number == number && seen->thread == thread && seen->version == version)
        return true;
    *seen = (struct seen){number, thread, version};
    return false;
}
