/* block.c: heap blocks: who allocated the memory that an address lies in.
 *
 * What: a hash of the newest blocks by where they begin; looking one up walks down from the address
 *       in steps of 16, which is where allocators let blocks begin, and then asks for large ones.
 * Threads: any.  Entries are overwritten as others come; each is checked by its own start.
 */
#include <string.h>

#include "preload/race/core.h"
#include "preload/race/parts.h"
#include "preload/thread.h"

#include "preload/poison.h"

#define BLOCKS (1u << 18)
#define LARGE  512 /* large ones are also kept apart, in the order in which they came */
#define STEPS  4096

struct entry {
    uintptr_t start; /* stored last */
    uint64_t size;
    uint32_t stack, thread;
};

static struct entry *blocks; /* BLOCKS of them, mapped with the first block */
static struct entry large[LARGE];
static uint32_t large_next;

static struct entry *entry_of(uintptr_t start) {
    return &blocks[(start >> 4) * 0x9e3779b97f4a7c15ull >> 46];
}

static void put(struct entry *entry, struct entry fresh) {
    __atomic_store_n(&entry->start, 0, __ATOMIC_RELEASE);
    entry->size = fresh.size;
    entry->stack = fresh.stack;
    entry->thread = fresh.thread;
    __atomic_store_n(&entry->start, fresh.start, __ATOMIC_RELEASE);
}

void tc_race_block(struct tc_thread *self, uintptr_t address, size_t size, uint32_t stack) {
    struct entry fresh = {address, size, stack, tc_thread_index(self)};
    if (size >= STEPS * 16ul) {
        put(&large[__atomic_fetch_add(&large_next, 1, __ATOMIC_RELAXED) % LARGE], fresh);
        return;
    }
    if (!blocks) {
        struct entry *mapped = tc_map(BLOCKS * sizeof *mapped), *none = NULL;
        if (!mapped)
            return;
        if (!__atomic_compare_exchange_n(&blocks, &none, mapped, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_ACQUIRE))
            tc_unmap(mapped, BLOCKS * sizeof *mapped);
    }
    put(entry_of(address), fresh);
}

static bool is_in(const struct entry *entry, uintptr_t start, uintptr_t address,
                  struct tc_race_block *block) {
    struct entry copy = *entry;
    if (!copy.start || (start && copy.start != start) || address < copy.start ||
        address - copy.start >= copy.size)
        return false;
    *block = (struct tc_race_block){copy.start, copy.size, copy.stack, copy.thread};
    return true;
}

bool tc_race_block_find(uintptr_t address, struct tc_race_block *block) {
    uintptr_t start = address & ~(uintptr_t)15;
    for (unsigned i = 0; blocks && i < STEPS && start; i++, start -= 16)
        if (is_in(entry_of(start), start, address, block))
            return true;
    for (unsigned i = 0; i < LARGE; i++)
        if (is_in(&large[i], 0, address, block))
            return true;
    return false;
}

void tc_race_blocks_forked(void) {
    /* Addresses are the same in the child, but stacks have other numbers. */
    if (blocks)
        memset(blocks, 0, BLOCKS * sizeof *blocks);
    memset(large, 0, sizeof large);
}
