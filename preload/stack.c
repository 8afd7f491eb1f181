/* stack.c: tc_stack of recorder.h: a stack seen before costs a walk down the trie, a new one an
 * unwind and a look into the table of all stacks, which gives equal ones the same id.
 * Threads: lock-free where a stack was seen before; one lock around the making of a new id. */
#include "preload/stack.h"

#include <string.h>

#include "preload/cfi.h"
#include "preload/interpreter.h"
#include "preload/meta.h"
#include "preload/options.h"
#include "preload/process.h"
#include "preload/race/race.h"
#include "preload/stack_trie.h"
#include "preload/steer.h"
#include "preload/sys.h"
#include "preload/thread.h"
#include "preload/unwind.h"

#include "preload/poison.h"

/* The table of all stacks, by a 64-bit hash of their frames: two of a million stacks share one with
 * a chance of 3e-8. */
struct entry {
    uint64_t hash; /* 0: free */
    uint32_t id;   /* stored first */
};
struct table {
    uint32_t used, mask;
    struct entry entries[];
};

#define FIRST_ENTRIES 1024u

struct tc_interpreter tc_interpreter;

static struct table *stacks; /* grows by being replaced; old ones stay readable */
static struct tc_lock stacks_lock;
static uint32_t generation; /* of the loaded modules: the same addresses may become other code */

/* Room for walks: too large for the stack of a small thread.  More walks at a time wait. */
#define SCRATCHES 8
static struct {
    uint32_t taken;
    struct tc_unwound unwound;
} scratches[SCRATCHES];

static int scratch_take(void) {
    for (int attempt = 0; attempt < 1000; attempt++) {
        for (int i = 0; i < SCRATCHES; i++)
            if (!__atomic_exchange_n(&scratches[i].taken, 1, __ATOMIC_ACQUIRE))
                return i;
        TC_SYSCALL_0(SYS_sched_yield);
    }
    return -1;
}

static uint64_t hash_frames(const uint64_t *frames, unsigned count, unsigned flags) {
    uint64_t hash = (uint64_t)generation << 32 | count << 16 | flags;
    for (unsigned i = 0; i < count; i++) {
        hash = (hash ^ frames[i]) * 0x9e3779b97f4a7c15ull;
        hash ^= hash >> 29;
    }
    return hash ? hash : 1;
}

static uint32_t look_up(const struct table *table, uint64_t hash) {
    if (!table)
        return 0;
    for (uint32_t at = (uint32_t)(hash >> 32);; at++) {
        const struct entry *entry = &table->entries[at & table->mask];
        uint64_t found = __atomic_load_n(&entry->hash, __ATOMIC_ACQUIRE);
        if (found == hash)
            return entry->id;
        if (!found)
            return 0;
    }
}

static void put(struct table *table, uint64_t hash, uint32_t id) {
    uint32_t at = (uint32_t)(hash >> 32) & table->mask;
    while (table->entries[at].hash)
        at = (at + 1) & table->mask;
    table->entries[at].id = id;
    __atomic_store_n(&table->entries[at].hash, hash, __ATOMIC_RELEASE);
    table->used++;
}

/* Under the lock: a table with room for one more, or NULL. */
static struct table *table_with_room(void) {
    struct table *old = stacks;
    if (old && old->used < (old->mask + 1) / 4 * 3)
        return old;
    uint32_t size = old ? (old->mask + 1) * 2 : FIRST_ENTRIES;
    struct table *larger = tc_map(sizeof *larger + (size_t)size * sizeof larger->entries[0]);
    if (!larger)
        return NULL;
    larger->mask = size - 1;
    for (uint32_t i = 0; old && i <= old->mask; i++)
        if (old->entries[i].hash)
            put(larger, old->entries[i].hash, old->entries[i].id);
    __atomic_store_n(&stacks, larger, __ATOMIC_RELEASE);
    return larger;
}

uint32_t tc_stack_of_frames(struct tc_thread *self, const uint64_t *frames, unsigned count,
                            unsigned flags) {
    uint64_t hash = hash_frames(frames, count, flags);
    uint32_t id = look_up(__atomic_load_n(&stacks, __ATOMIC_ACQUIRE), hash);
    if (id)
        return id;
    struct tc_lock_state state = tc_lock_take(&stacks_lock);
    struct table *table = table_with_room();
    id = look_up(table, hash);
    if (!id) {
        id = tc_meta_stack(self, frames, count, flags);
        if (id && table)
            put(table, hash, id);
    }
    tc_lock_give(&stacks_lock, state);
    return id;
}

/* A native stack that the trie does not know: walked, interned, and remembered when that is exact.
 * `inner`: whether it goes through an interpreter. */
static TC_COLD uint32_t capture_native(struct tc_thread *self, struct tc_site site, bool may_hold,
                                       bool *inner) {
    int scratch = scratch_take();
    if (scratch < 0)
        return 0;
    struct tc_unwound *stack = &scratches[scratch].unwound;
    if (tc_options.stacks[0] == 'c') {
        *stack = (struct tc_unwound){.count = 1, .repeatable = true};
        stack->frames[0] =
            tc_race_on() ? tc_race_original(site.return_address) : site.return_address;
    } else {
        tc_unwind(site, self->stack_low, self->stack_high, stack);
    }
    uint32_t id = tc_stack_of_frames(self, stack->frames, stack->count, stack->flags);
    int role = tc_steer_role(stack);
    *inner = tc_interpreter.is_in && tc_interpreter.is_in(stack->frames, stack->count);
    if (id && stack->repeatable && role < 0)
        tc_trie_insert(*inner ? TC_TRIE_INNER : TC_TRIE_STACKS, site.return_address, stack->slots,
                       stack->slot_count, id);
    if (tc_race_on())
        tc_caller_captured(id, stack, stack->repeatable && role < 0 && !*inner);
    __atomic_store_n(&scratches[scratch].taken, 0, __ATOMIC_RELEASE);
    if (role >= 0 && may_hold)
        tc_steer_hold(role);
    return id;
}

static TC_COLD uint32_t capture(struct tc_thread *self, struct tc_site site, bool may_hold) {
    bool inner = false;
    uint32_t native = 0;
    if (tc_interpreter.merge)
        native = tc_trie_find_in(tc_trie_inner_roots, site.return_address, site.cfa,
                                 self->stack_low, self->stack_high);
    if (native)
        inner = true;
    else
        native = capture_native(self, site, may_hold, &inner);
    uint32_t merged = inner && native ? tc_interpreter.merge(self, native) : 0;
    return merged ? merged : native;
}

uint32_t tc_stack_native(struct tc_thread *self, struct tc_site site) {
    bool inner = false;
    uint32_t id = tc_trie_find(site.return_address, site.cfa, self->stack_low, self->stack_high);
    if (!id)
        id = tc_trie_find_in(tc_trie_inner_roots, site.return_address, site.cfa, self->stack_low,
                             self->stack_high);
    return id ? id : capture_native(self, site, false, &inner);
}

TC_COLD uint32_t tc_stack_inner(const struct tc_thread *self, struct tc_site site) {
    if (!tc_interpreter.known)
        return 0;
    uint32_t native = tc_trie_find_in(tc_trie_inner_roots, site.return_address, site.cfa,
                                      self->stack_low, self->stack_high);
    return native ? tc_interpreter.known(native) : 0;
}

uint32_t tc_stack(struct tc_thread *self, struct tc_site site) {
    uint32_t id = tc_trie_find(site.return_address, site.cfa, self->stack_low, self->stack_high);
    return TC_LIKELY(id != 0) ? id : capture(self, site, true);
}

uint32_t tc_stack_here(struct tc_thread *self, struct tc_site site) {
    uint32_t id = tc_trie_find(site.return_address, site.cfa, self->stack_low, self->stack_high);
    return TC_LIKELY(id != 0) ? id : capture(self, site, false);
}

void tc_stack_unloaded(void) {
    __atomic_add_fetch(&generation, 1, __ATOMIC_RELAXED);
    tc_cfi_forget();
    tc_trie_forget();
    if (tc_race_on())
        tc_race_places_forget();
    __atomic_add_fetch(&tc_process.hot_epoch, 1, __ATOMIC_RELEASE);
}

void tc_stack_forked(void) {
    tc_lock_init(&stacks_lock);
    for (int i = 0; i < SCRATCHES; i++)
        scratches[i].taken = 0;
    stacks = NULL;
    tc_trie_forked();
}
