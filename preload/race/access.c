/* access.c: an access meets the shadow: what the inline checks do not settle.
 *
 * A thread's plain accesses go into its own cell, `slot % 3`, which the inline check looks at. What
 * would be lost by writing there (another thread's newest access, this thread's own write before a
 * read, the line that touched the other bytes) moves to one of the other cells if that is free or
 * holds less.  Atomic accesses are kept in the other cells only, so that a plain access after them
 * is never taken for one that was recorded.
 * Threads: any.  Cells are read and written without locks: an access that meets another thread's
 *          halfway may miss it, and will meet it the next time.
 */
#include <linux/membarrier.h>

#include "preload/race/core.h"

#include "preload/poison.h"

#define OWN_BITS(bytes, write) ((write) ? (uint64_t)(bytes) | (uint64_t)(bytes) << 16 : (bytes))
#define ALL_CLEAR              0x00ff00ffull /* the masks of a cell that says nothing */
#define SLOT(cell)             ((uint32_t)((cell) >> 56))
#define CLOCK(cell)            ((uint32_t)((cell) >> 32) & 0xffffffu)
#define READ_OR_WRITTEN(cell)  ((uint32_t)(~(cell)&0xff))
#define WRITTEN(cell)          ((uint32_t)(~(cell) >> 16 & 0xff))

/* A mov of rewritten code may be an atomic access: nothing tells it apart.  On memory where
 * something atomic was seen, or where two movs of two threads raced, it is taken for one: a store
 * releases, a load acquires (after it was made, so with the next slow path), and no inline check is
 * to hit. */
#define MAYBE_ATOMIC (TC_ACCESS_ATOMIC | TC_ACCESS_PLAIN_MOVE)

struct now { /* the access that is looked at */
    struct tc_race_thread *thread;
    struct tc_granule *granule;
    uintptr_t address; /* of the granule */
    uint32_t bytes;    /* mask within it */
    uint32_t size, access, what;
    uint32_t own; /* the thread's cell */
    struct tc_site site;
    uintptr_t whole; /* where the access begins, perhaps in an earlier granule */
};

static inline uint64_t load(const uint64_t *cell) {
    return __atomic_load_n(cell, __ATOMIC_RELAXED);
}

static void store(struct tc_granule *granule, unsigned i, uint64_t cell, uint32_t context) {
    if (granule->context[i] != context) {
        __atomic_store_n(&granule->cell[i], 0, __ATOMIC_RELEASE); /* never one with the other's */
        __atomic_store_n(&granule->context[i], (uint16_t)context, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&granule->cell[i], cell, __ATOMIC_RELEASE);
}

static bool is_ordered(const struct tc_race_thread *thread, uint64_t cell) {
    uint32_t slot = SLOT(cell);
    return slot == thread->slot || CLOCK(cell) <= thread->known[slot];
}

static const struct tc_race_context *context_of(uint64_t cell, uint32_t index) {
    const struct tc_race_contexts *contexts = tc_race_contexts_of(SLOT(cell));
    index &= ~TC_CONTEXT_MIXED;
    return index && contexts ? &contexts->context[index] : NULL;
}

static bool is_atomic(uint64_t cell, uint32_t index) {
    const struct tc_race_context *context = context_of(cell, index);
    return context && (context->what >> 8) & TC_ACCESS_ATOMIC;
}

/* Whether all that `less` says of a thread's past is said by `more`, a later access. */
static bool covers(uint64_t more, uint64_t less) {
    return !(READ_OR_WRITTEN(less) & ~READ_OR_WRITTEN(more)) && !(WRITTEN(less) & ~WRITTEN(more));
}

/* A place beside the thread's own for what may be lost; TC_RACE_CELLS: there is none.  A plain
 * access says more than an atomic one. */
static unsigned place_beside(const struct now *now, uint64_t cell, bool atomic) {
    unsigned ordered = TC_RACE_CELLS;
    for (unsigned step = 1; step < TC_RACE_CELLS; step++) {
        unsigned i = (now->own + step) % TC_RACE_CELLS;
        uint64_t there = load(&now->granule->cell[i]);
        if (!there)
            return i;
        if (covers(cell, there) && is_ordered(now->thread, there) &&
            (!atomic || is_atomic(there, now->granule->context[i])))
            ordered = i;
    }
    return ordered;
}

static bool has_key(uint64_t cell) {
    return cell >> 32 == tc_race_local.key >> 32;
}

/* Puts a plain access into the thread's cell. */
static void record_plain(const struct now *now, uint32_t context) {
    struct tc_granule *granule = now->granule;
    uint64_t bits = OWN_BITS(now->bytes, now->access & TC_ACCESS_WRITE);
    uint64_t key = tc_race_local.key, old = load(&granule->cell[now->own]);
    uint64_t alone = key | (ALL_CLEAR & ~bits), fresh = alone;
    uint32_t old_context = granule->context[now->own];
    bool same = has_key(old),
         covered = !old || (covers(alone, old) && is_ordered(now->thread, old));
    if (same)
        fresh = old & ~bits;
    /* Of one epoch with one context nothing is lost by being put together. */
    bool one = same && (old_context & ~TC_CONTEXT_MIXED) == context;
    if (!covered && !one) {
        unsigned beside = place_beside(now, old, is_atomic(old, old_context));
        if (beside < TC_RACE_CELLS) {
            if (old_context & TC_CONTEXT_MIXED)
                tc_race_set_first(granule, beside, tc_race_first(granule, now->own));
            store(granule, beside, old, old_context);
        }
    }
    if (same && !covered && (!one || old_context & TC_CONTEXT_MIXED)) {
        tc_race_set_first(granule, now->own, (uint32_t)__builtin_ctz(now->bytes));
        context |= TC_CONTEXT_MIXED;
    }
    store(granule, now->own, fresh, context);
    if (now->access & TC_ACCESS_PLAIN_MOVE &&
        __atomic_load_n(&granule->tag, __ATOMIC_SEQ_CST) & TC_TAG_ATOMIC)
        __atomic_store_n(&granule->cell[now->own], 0, __ATOMIC_RELEASE); /* became so meanwhile */
}

static void forget_moves(struct tc_granule *granule) {
    for (unsigned i = 0; i < TC_RACE_CELLS; i++) {
        uint64_t cell = load(&granule->cell[i]);
        const struct tc_race_context *context = cell ? context_of(cell, granule->context[i]) : NULL;
        if (context && context->what >> 8 & TC_ACCESS_PLAIN_MOVE)
            __atomic_store_n(&granule->cell[i], 0, __ATOMIC_RELEASE);
    }
}

/* From here on movs to this granule count as atomic.  Those that inline checks would go on passing
 * over are forgotten. */
void tc_race_become_atomic(struct tc_granule *granule) {
    if (granule->tag & TC_TAG_ATOMIC)
        return;
    __atomic_fetch_or(&granule->tag, TC_TAG_ATOMIC, __ATOMIC_SEQ_CST);
    forget_moves(granule);
}

/* Puts an atomic access beside the thread's cell. */
static void record_atomic(const struct now *now, uint32_t context) {
    struct tc_granule *granule = now->granule;
    uint64_t bits = OWN_BITS(now->bytes, now->access & TC_ACCESS_WRITE);
    uint64_t cell = tc_race_local.key | (ALL_CLEAR & ~bits);
    unsigned i = place_beside(now, cell, true);
    if (i == TC_RACE_CELLS)
        i = (now->own + 1) % TC_RACE_CELLS;
    store(granule, i, cell, context);
    tc_race_become_atomic(granule);
}

/* The side that is in the shadow, as far as it is known. */
static struct tc_race_side_of side_of(const struct now *now, uint64_t cell, uint32_t index,
                                      uint32_t bytes) {
    const struct tc_race_context *context = context_of(cell, index);
    uint32_t first = (uint32_t)__builtin_ctz(bytes), size = (uint32_t)__builtin_popcount(bytes);
    struct tc_race_side_of side = {
        .thread = tc_race_owner(SLOT(cell), CLOCK(cell)),
        .access = bytes & WRITTEN(cell) ? TC_ACCESS_WRITE : 0,
        .held = TC_HELD_UNKNOWN,
    };
    if (context) {
        side.access = context->what >> 8;
        side.stack = context->stack;
        side.held = context->held;
        side.pc = context->pc;
        uint32_t whole = context->what & 0xff; /* 0: of a long range */
        if (whole && whole <= 8 && !(whole & (whole - 1)))
            first &= ~(whole - 1); /* most are aligned */
        else if (whole > 8)
            first = (uint32_t)__builtin_ctz(READ_OR_WRITTEN(cell));
        size = whole ? whole : size;
    }
    side.address = now->address + first;
    side.size = size;
    return side;
}

/* This access and `cell` may be two halves of a hand-over by a flag: makes its edge, as far as that
 * can be done afterwards. */
static void take_for_atomic(const struct now *now, uint64_t cell) {
    bool write = now->access & TC_ACCESS_WRITE;
    if (!(now->granule->tag & TC_TAG_ATOMIC)) {
        tc_race_become_atomic(now->granule);
        /* Whoever stored its cell before it could see the tag has stored it now. */
        TC_SYSCALL_3(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
        forget_moves(now->granule);
    }
    if (write)
        return; /* released once it is recorded */
    uint32_t slot = SLOT(cell);
    if (now->thread->known[slot] < CLOCK(cell))
        now->thread->known[slot] = CLOCK(cell);
    const struct tc_race_thread *other = tc_race_slot_owner(slot);
    if (other)
        tc_race_join(now->thread->known, other->known, tc_race_slots_used);
}

/* Whether the context of cell `i` made the access that races: in a mixed cell only the newest one's
 * bytes are known. */
static bool is_exact(const struct now *now, unsigned i, uint64_t cell, uint32_t touched) {
    uint32_t index = now->granule->context[i];
    const struct tc_race_context *context = context_of(cell, index);
    if (!(index & TC_CONTEXT_MIXED) || !context)
        return true;
    uint32_t size = context->what & 0xff;
    bool kind = (now->access | context->what >> 8) & TC_ACCESS_WRITE;
    return kind && size && size <= 8 &&
           ((1u << size) - 1) << tc_race_first(now->granule, i) & touched;
}

/* Cell `i` and this access are not ordered.  Where several lines touched its bytes, one that
 * touched these is told, if it is known still. */
static TC_COLD void conflict(const struct now *now, unsigned i, uint64_t cell) {
    struct tc_granule *granule = now->granule;
    bool write = now->access & TC_ACCESS_WRITE;
    uint32_t index = granule->context[i];
    uint32_t touched = (write ? READ_OR_WRITTEN(cell) : WRITTEN(cell)) & now->bytes;
    if (load(&granule->cell[i]) != cell)
        return; /* changing: what comes next will meet it */
    bool exact = is_exact(now, i, cell, touched);
    for (unsigned j = 0; j < TC_RACE_CELLS && !exact; j++) {
        uint64_t other = load(&granule->cell[j]);
        uint32_t by = (write ? READ_OR_WRITTEN(other) : WRITTEN(other)) & now->bytes;
        if (j == i || other >> 32 != cell >> 32 || !by || is_atomic(other, granule->context[j]) ||
            !is_exact(now, j, other, by))
            continue;
        exact = true;
        cell = other;
        index = granule->context[j];
    }
    const struct tc_race_context *newest = context_of(cell, index);
    uint32_t moved = newest ? newest->what >> 8 & TC_ACCESS_PLAIN_MOVE : 0;
    index = exact ? index & ~TC_CONTEXT_MIXED : 0;
    bool atomic = is_atomic(cell, index);
    if (atomic && now->access & TC_ACCESS_ATOMIC)
        return;
    uint32_t bytes = (write ? READ_OR_WRITTEN(cell) : WRITTEN(cell)) & now->bytes;
    struct tc_race_side_of before = side_of(now, cell, index, bytes);
    if (!exact)
        before.access |= moved; /* like the newest access of that code to these bytes */
    struct tc_race_side_of this = {
        .address = now->whole,
        .size = now->size,
        .access = now->access,
        .thread = now->thread->index,
        .held = now->thread->held,
        .pc = now->site.return_address,
    };
    tc_race_found(now->thread, this, before, now->site);
    if (this.access & MAYBE_ATOMIC && before.access & MAYBE_ATOMIC &&
        !(this.access & before.access & TC_ACCESS_WRITE))
        take_for_atomic(now, cell);
}

static void look_at_others(const struct now *now) {
    bool write = now->access & TC_ACCESS_WRITE;
    for (unsigned i = 0; i < TC_RACE_CELLS; i++) {
        uint64_t cell = load(&now->granule->cell[i]);
        if (!cell || SLOT(cell) == now->thread->slot)
            continue;
        uint32_t touched = (write ? READ_OR_WRITTEN(cell) : WRITTEN(cell)) & now->bytes;
        if (touched && CLOCK(cell) > now->thread->known[SLOT(cell)])
            conflict(now, i, cell);
    }
}

/* A mov to what the thread itself has changed atomically before gives a lock back, as
 * __sync_lock_release does. */
static bool gives_back(const struct now *now) {
    for (unsigned i = 0; i < TC_RACE_CELLS; i++) {
        uint64_t cell = load(&now->granule->cell[i]);
        if (SLOT(cell) == now->thread->slot && WRITTEN(cell) & now->bytes &&
            is_atomic(cell, now->granule->context[i]))
            return true;
    }
    return false;
}

static void access_granule(struct now *now) {
    struct tc_granule *granule = now->granule;
    bool atomic = now->access & TC_ACCESS_ATOMIC, write = now->access & TC_ACCESS_WRITE;
    uint64_t bits = OWN_BITS(now->bytes, write);
    uint64_t own = load(&granule->cell[now->own]);
    if (!atomic && has_key(own) && !(own & bits))
        return;
    bool as_atomic = now->access & TC_ACCESS_PLAIN_MOVE && granule->tag & TC_TAG_ATOMIC;
    if (as_atomic && write && gives_back(now)) {
        now->access |= TC_ACCESS_ATOMIC;
        now->what |= TC_ACCESS_ATOMIC << 8;
    }
    uint32_t context = tc_race_context(now->thread, now->what, now->site);
    look_at_others(now);
    now->thread->used = true;
    as_atomic = now->access & TC_ACCESS_PLAIN_MOVE && granule->tag & TC_TAG_ATOMIC; /* by now */
    if (atomic || as_atomic)
        record_atomic(now, context);
    else
        record_plain(now, context);
    if (as_atomic && write)
        tc_sync_release(now->thread, TC_SYNC_ADDRESS | now->address, false, false);
    if (as_atomic && (!write || now->access & TC_ACCESS_MODIFY)) /* a load, then a store */
        tc_race_local.pending = now->address;
}

static void access_range(struct tc_race_thread *thread, uintptr_t address, size_t size,
                         uint32_t access, struct tc_site site) {
    struct now now = {.thread = thread,
                      .size = (uint32_t)size,
                      .access = access,
                      .what = access << 8 | (size <= 16 ? (uint32_t)size : 0),
                      .site = site,
                      .whole = address};
    uintptr_t at = address, end = address + size;
    while (at < end) {
        uint32_t offset = at & 7, count = 8 - offset;
        if (count > end - at)
            count = (uint32_t)(end - at);
        now.own = thread->own;
        now.address = at & ~(uintptr_t)7;
        now.granule = tc_granule(at);
        now.bytes = ((1u << count) - 1) << offset & 0xff;
        access_granule(&now);
        at += count;
    }
}

void tc_race_take_pending(struct tc_race_thread *thread) {
    uintptr_t address = tc_race_local.pending;
    tc_race_local.pending = 0;
    tc_sync_acquire(thread, TC_SYNC_ADDRESS | address, false);
}

void tc_race_access(uintptr_t address, size_t size, uint32_t access, struct tc_site site) {
    struct tc_race_thread *thread = tc_race_local.thread;
    if (size <= 8 &&
        tc_race_quick(address, access << 8 | (uint32_t)size, site.return_address, site.cfa))
        return;
    if (!thread || thread->busy || thread->ignore || !thread->slot)
        return;
    thread->busy = true;
    __asm__ volatile("" ::: "memory");
    if (tc_race_local.pending)
        tc_race_take_pending(thread);
    access_range(thread, address, size, access, site);
    __asm__ volatile("" ::: "memory");
    thread->busy = false;
}

void tc_race_range(const void *address, size_t size, uint32_t access, struct tc_site site) {
    if (size)
        tc_race_access((uintptr_t)address, size, access, site);
}
