/* caller.c: see caller.h. */
#include "preload/race/caller.h"

#include <string.h>

#include "preload/interpreter.h"
#include "preload/meta.h"
#include "preload/race/parts.h"
#include "preload/stack_trie.h"
#include "preload/sys.h"

#include "preload/poison.h"

#define CALLERS (1u << 18) /* of the table, half of which is used at most */

struct caller {
    uint64_t hash;
    uint32_t count, flags;
    uint64_t frames[];
};

uint32_t *tc_caller_chunks[TC_CALLER_CHUNKS];
static struct caller **callers; /* open hash; the number is the place */
static uint32_t callers_count;
static struct tc_arena arena;
static struct tc_lock lock;

static uint64_t hash_of(const uint64_t *frames, uint32_t count, uint32_t flags) {
    uint64_t hash = count | (uint64_t)flags << 32;
    for (uint32_t i = 0; i < count; i++) {
        hash = (hash ^ frames[i]) * 0x9e3779b97f4a7c15ull;
        hash ^= hash >> 29;
    }
    return hash;
}

/* Under the lock; 0: no room.  Place 0 is nobody's. */
static uint32_t number_of(const uint64_t *frames, uint32_t count, uint32_t flags) {
    uint64_t hash = hash_of(frames, count, flags);
    if (!callers && !(callers = tc_map(CALLERS * sizeof *callers)))
        return 0;
    uint32_t at = (uint32_t)(hash >> 32) % CALLERS;
    for (; !at || callers[at]; at = (at + 1) % CALLERS)
        if (at && callers[at]->hash == hash && callers[at]->count == count)
            return at;
    struct caller *caller;
    if (callers_count >= CALLERS / 2 ||
        !(caller = tc_arena_take(&arena, sizeof *caller + count * sizeof *frames)))
        return 0;
    *caller = (struct caller){.hash = hash, .count = count, .flags = flags};
    memcpy(caller->frames, frames, count * sizeof *frames);
    callers[at] = caller;
    callers_count++;
    return at;
}

/* The words that lead on from the caller, as they are seen from there; not what was found in the
 * frame of the access, which differs from one instruction to the next. */
static void insert(struct tc_unwound *stack, uint32_t number) {
    uint32_t at = stack->slot_count && stack->slots[0].relative, kept = 0;
    if (at >= stack->slot_count || stack->slots[at].relative)
        return;
    uint64_t address = stack->slots[at].value;
    int32_t shift = stack->slots[at].offset + 8;
    while (++at < stack->slot_count) {
        struct tc_stack_slot slot = stack->slots[at];
        slot.offset -= shift;
        slot.value -= slot.relative ? (uint64_t)(int64_t)shift : 0;
        if (slot.offset < -TC_TRIE_BELOW)
            return;
        stack->slots[kept++] = slot;
    }
    tc_trie_insert(TC_TRIE_CALLERS, address, stack->slots, kept, number);
}

void tc_caller_captured(uint32_t id, struct tc_unwound *stack, bool found) {
    if (!id || stack->count < 2 || id >= TC_CALLER_CHUNK * TC_CALLER_CHUNKS)
        return;
    uint32_t number = tc_caller_of(id);
    if (!number) {
        struct tc_lock_state state = tc_lock_take(&lock);
        uint32_t **chunk = &tc_caller_chunks[id / TC_CALLER_CHUNK];
        if (!*chunk)
            __atomic_store_n(chunk, tc_map(TC_CALLER_CHUNK * sizeof **chunk), __ATOMIC_RELEASE);
        number = *chunk ? number_of(stack->frames + 1, stack->count - 1, stack->flags) : 0;
        if (number) {
            number |= TC_STACK_OF_CALLER;
            __atomic_store_n(&(*chunk)[id % TC_CALLER_CHUNK], number, __ATOMIC_RELEASE);
        }
        tc_lock_give(&lock, state);
    }
    if (number && found)
        insert(stack, number);
}

uint32_t tc_caller_number(const uint64_t *frames, uint32_t count, uint32_t flags) {
    struct tc_lock_state state = tc_lock_take(&lock);
    uint32_t number = number_of(frames, count, flags);
    tc_lock_give(&lock, state);
    return number ? number | TC_STACK_OF_CALLER : 0;
}

uint32_t tc_caller_stack(struct tc_thread *self, uintptr_t pc, uint32_t stack) {
    uint64_t frames[TC_STACK_MAX];
    uint32_t count = 0, flags = TC_STACK_TRUNCATED;
    if (stack && !(stack & TC_STACK_OF_CALLER))
        return stack;
    if (!pc)
        return 0;
    frames[0] = tc_race_original(pc);
    if (stack) {
        const struct caller *caller = callers[stack & ~TC_STACK_OF_CALLER];
        count = caller->count < TC_STACK_MAX - 1 ? caller->count : TC_STACK_MAX - 1;
        flags = caller->flags;
        memcpy(frames + 1, caller->frames, count * sizeof *frames);
    }
    return tc_stack_of_frames(self, frames, count + 1, flags);
}

void tc_caller_forked(void) {
    memset(tc_caller_chunks, 0, sizeof tc_caller_chunks);
    callers = NULL;
    callers_count = 0;
    arena = (struct tc_arena){0};
    tc_lock_init(&lock);
}
