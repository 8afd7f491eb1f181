/* freed.c: blocks that were freed, until they are handed out again.
 *
 * What: to free a block is to write all of it, and nobody may come to it after that: each granule
 *       of a block that the program's own code freed gets the number of that free (TC_TAG_FREED),
 *       by which the next access to it finds who freed it, and whether that came before.  It takes
 *       no more shadow, as a freed block says nothing else.  All that comes from the heap loses
 *       such numbers, whoever asks for it; they are good for a while only, which also holds where
 *       the heap gives memory back to the system.
 * Threads: any.  A record is taken by its number, written last; the word of a granule is exchanged
 *          whole.
 */
#include <string.h>

#include "preload/object.h"
#include "preload/race/core.h"
#include "preload/race/parts.h"
#include "preload/real.h"

#include "preload/poison.h"

#define LOOKED_AT  (64u << 10) /* bytes of a block that is freed: who accessed them before? */
#define MARKED     (32u << 10) /* larger ones get no number */
#define FEW_BLOCKS 64          /* of which the filter of objects is asked one by one */
#define REMEMBERED 4096u       /* frees; those before are forgotten */
#define ACCESS     (TC_ACCESS_LIBC | TC_ACCESS_WRITE | TC_ACCESS_FREE)

/* glibc: a block that is a mapping of its own, which goes back to the system at once. */
#define IS_MAPPED(memory) (((const uint64_t *)(memory))[-1] & 2)

static struct freed {
    uint32_t number; /* stored last */
    uint32_t thread, slot, clock;
    uint32_t stack, held;
    uintptr_t start, pc;
    uint64_t size;
} freed[REMEMBERED];
static uint32_t last_number;
static uint8_t heap_known;

void tc_race_heap_is_libcs(void) {
    heap_known = tc_real_usable_size != NULL;
}

static uint32_t remember(struct tc_race_thread *thread, uintptr_t start, size_t size,
                         struct tc_site site) {
    uint32_t index = tc_race_context(thread, ACCESS << 8 | (size <= 16 ? (uint32_t)size : 0), site);
    if (!index)
        return 0;
    const struct tc_race_context *context = &thread->contexts->context[index];
    uint32_t number = __atomic_add_fetch(&last_number, 1, __ATOMIC_RELAXED);
    struct freed *record = &freed[number % REMEMBERED];
    __atomic_store_n(&record->number, 0, __ATOMIC_RELEASE);
    record->thread = thread->index;
    record->slot = thread->slot;
    record->clock = thread->clock;
    record->stack = context->stack;
    record->held = context->held;
    record->pc = context->pc;
    record->start = start;
    record->size = size;
    __atomic_store_n(&record->number, number, __ATOMIC_RELEASE);
    return number;
}

static bool may_hold_objects(uintptr_t low, size_t size) {
    uintptr_t last = (low + size - 1) >> TC_BLOCK_SHIFT, block = low >> TC_BLOCK_SHIFT;
    while (block <= last && last - block < FEW_BLOCKS && !tc_block_used(block << TC_BLOCK_SHIFT))
        block++;
    return block <= last;
}

void tc_race_freeing(void *memory, size_t size, struct tc_site site) {
    struct tc_race_thread *thread = tc_race_local.thread;
    if (!thread)
        return;
    tc_race_range(memory, size < LOOKED_AT ? size : LOOKED_AT, ACCESS, site);
    if (may_hold_objects((uintptr_t)memory, size))
        tc_race_ends_within((uintptr_t)memory, (uintptr_t)memory + size, site);
    if (!heap_known || size >= MARKED || thread->busy || thread->ignore || !thread->slot ||
        IS_MAPPED(memory))
        return;
    thread->busy = true;
    thread->freeing_number = remember(thread, (uintptr_t)memory, size, site);
    thread->freeing = thread->freeing_number ? (uintptr_t)memory : 0;
    thread->used = true;
    thread->busy = false;
}

/* The notes of a granule as one word. */
static uint64_t *word_of(const struct tc_granule *granule) {
    return (uint64_t *)tc_notes(granule);
}

static uint64_t word_with(uint32_t number) {
    struct tc_notes notes = {.context = {(uint16_t)number, (uint16_t)(number >> 16)},
                             .tag = TC_TAG_FREED};
    uint64_t word;
    memcpy(&word, &notes, sizeof word);
    return word;
}

void tc_race_freed(void *memory, size_t size) {
    struct tc_race_thread *thread = tc_race_local.thread;
    uintptr_t low = (uintptr_t)memory;
    tc_race_forget(low, low + size);
    if (!thread || thread->freeing != low)
        return;
    thread->freeing = 0;
    uint64_t word = word_with(thread->freeing_number);
    for (uintptr_t at = low; at + 8 <= low + size; at += 8)
        __atomic_store_n(word_of(tc_granule(at)), word, __ATOMIC_RELAXED);
}

void tc_race_allocated(void *memory, size_t size) {
    if (!__atomic_load_n(&last_number, __ATOMIC_RELAXED) || !memory || IS_MAPPED(memory))
        return;
    uintptr_t low = (uintptr_t)memory;
    size_t usable = tc_real_usable_size(memory);
    size = usable > size ? usable : size;
    if (size >= MARKED) {
        tc_race_forget(low, low + size);
        return;
    }
    for (uintptr_t at = low; at < low + size; at += 8) {
        struct tc_notes *notes = tc_notes(tc_granule(at));
        if (__atomic_load_n(&notes->tag, __ATOMIC_RELAXED) & TC_TAG_FREED)
            __atomic_store_n((uint64_t *)notes, 0, __ATOMIC_RELAXED);
    }
}

static bool find(uint32_t number, uintptr_t address, struct freed *found) {
    const struct freed *record = &freed[number % REMEMBERED];
    if (!number || __atomic_load_n(&record->number, __ATOMIC_ACQUIRE) != number)
        return false;
    *found = *record;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(&record->number, __ATOMIC_RELAXED) == number &&
           address + 8 > found->start && address < found->start + found->size;
}

/* Code that goes through memory by large steps may read some of what lies beside its own. */
static bool may_be_beside(const struct freed *block, const struct tc_race_side_of *now) {
    return !(now->access & TC_ACCESS_WRITE) && now->size > 8 &&
           (now->address < block->start || now->address + now->size > block->start + block->size);
}

void tc_race_use_of_freed(struct tc_race_thread *thread, struct tc_granule *granule,
                          struct tc_race_side_of now, struct tc_site site) {
    uint64_t word = __atomic_load_n(word_of(granule), __ATOMIC_RELAXED);
    struct tc_notes notes;
    memcpy(&notes, &word, sizeof notes);
    struct freed block;
    if (!(notes.tag & TC_TAG_FREED) ||
        !__atomic_compare_exchange_n(word_of(granule), &word, 0, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED) ||
        !find(notes.context[0] | (uint32_t)notes.context[1] << 16, now.address, &block) ||
        block.thread == thread->index || may_be_beside(&block, &now))
        return;
    bool ordered = block.slot == thread->slot || block.clock <= thread->known[block.slot];
    struct tc_race_side_of before = {
        .address = block.start,
        .size = block.size < UINT32_MAX ? (uint32_t)block.size : UINT32_MAX,
        .access = ACCESS | (ordered ? TC_ACCESS_ORDERED : 0u),
        .thread = block.thread,
        .stack = block.stack,
        .held = block.held,
        .pc = block.pc,
    };
    tc_race_found(thread, now, before, site);
}

void tc_race_freed_forked(void) {
    memset(freed, 0, sizeof freed);
    last_number = 0;
}
