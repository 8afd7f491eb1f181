/* access.c: an access meets the shadow: what the inline checks do not settle.
 *
 * A thread's plain accesses go into its own cell, `slot % 3`, which the inline check looks at. What
 * would be lost by writing there (another thread's newest access, this thread's own write before a
 * read, the line that touched the other bytes) moves to one of the other cells if that is free or
 * holds less.  Atomic accesses are kept in the other cells only, so that a plain access after them
 * is never taken for one that was recorded.
 * Threads: any.  Cells are read and written without locks: an access looks at the others' cells,
 *          puts itself down and looks once more, so that of two that come at the same moment one
 *          sees the other.
 */
#include <linux/membarrier.h>

#include "preload/race/cell.h"
#include "preload/race/core.h"

#include "preload/poison.h"

#define OWN_BITS(bytes, write) ((write) ? (uint64_t)(bytes) | (uint64_t)(bytes) << 16 : (bytes))
#define ALL_CLEAR              0x00ff00ffull /* the masks of a cell that says nothing */

/* A mov of rewritten code may be an atomic access: nothing tells it apart.  On memory where
 * something atomic was seen, or where two movs of two threads raced, it is taken for one: a store
 * releases, a load acquires (after it was made, so with the next slow path), and no inline check is
 * to hit. */
#define MAYBE_ATOMIC (TC_ACCESS_ATOMIC | TC_ACCESS_PLAIN_MOVE)

#define SETTLE_TURNS 200
#define SURE_TURNS   100 /* some microseconds */

bool tc_race_guessed;

struct now { /* the access that is looked at */
    struct tc_race_thread *thread;
    struct tc_granule *granule;
    uintptr_t address; /* of the granule */
    uint32_t bytes;    /* mask within it */
    uint32_t size, access, what;
    uint32_t own; /* the thread's cell */
    struct tc_site site;
    uintptr_t whole;              /* where the access begins, perhaps in an earlier granule */
    bool late;                    /* it was recorded by tc_race_quick, and met something */
    uint64_t seen[TC_RACE_CELLS]; /* by the first look */
};

/* The context of cell `i`, for which a thread that is putting it down is waited for a while;
 * *cell is what the cell is then. */
static uint32_t settled(const struct tc_granule *granule, unsigned i, uint64_t *cell) {
    uint32_t index = 0;
    for (unsigned turn = 0; turn < SETTLE_TURNS && !index; turn++) {
        *cell = tc_race_cell(granule, i);
        index = __atomic_load_n(&tc_notes(granule)->context[i], __ATOMIC_ACQUIRE);
        if (tc_race_cell(granule, i) != *cell)
            index = 0;
        if (!index)
            tc_pause();
    }
    return index;
}

/* A place beside the thread's own for what may be lost; TC_RACE_CELLS: there is none.  A plain
 * access says more than an atomic one, which never goes into the cell of who made it. */
static unsigned place_beside(const struct now *now, uint64_t cell, bool atomic, uint64_t *less) {
    unsigned place = TC_RACE_CELLS;
    uint32_t least = TC_PLACE_NONE;
    *less = 0;
    for (unsigned step = 1; step < TC_RACE_CELLS; step++) {
        unsigned i = (now->own + step) % TC_RACE_CELLS;
        if (atomic && i == TC_CELL_SLOT(cell) % TC_RACE_CELLS)
            continue;
        uint64_t there = tc_race_cell(now->granule, i);
        if (there && !(tc_notes(now->granule)->context[i] && tc_cell_covers(cell, there) &&
                       tc_cell_is_ordered(now->thread, there) &&
                       (!atomic || tc_cell_is_atomic(there, tc_notes(now->granule)->context[i]))))
            continue;
        uint32_t loss = tc_race_loss(there, cell, i);
        if (loss < least) {
            least = loss;
            place = i;
            *less = there;
        }
    }
    return place;
}

static bool has_key(uint64_t cell) {
    return cell >> 32 == tc_race_local.key >> 32;
}

/* Puts a plain access into the thread's cell; returns what was there. */
static uint64_t record_plain(const struct now *now, uint32_t context) {
    struct tc_granule *granule = now->granule;
    uint64_t bits = OWN_BITS(now->bytes, now->access & TC_ACCESS_WRITE);
    uint64_t key = tc_race_local.key, old = tc_cell_load(tc_cell(granule, now->own));
    uint64_t alone = key | (ALL_CLEAR & ~bits), fresh = alone;
    uint32_t old_context = tc_notes(granule)->context[now->own];
    bool same = has_key(old),
         covered = !old || (tc_cell_covers(alone, old) && tc_cell_is_ordered(now->thread, old));
    if (same)
        fresh = old & ~bits;
    fresh |= TC_CELL_LOOK; /* what it races with is told of its next place, too */
    /* Of one epoch with one context nothing is lost by being put together. */
    bool one = same && (old_context & ~TC_CONTEXT_MIXED) == context;
    if (!covered && !one && tc_race_is_there(granule, now->own, old)) { /* and the context is its */
        uint64_t less;
        unsigned beside = place_beside(now, old, tc_cell_is_atomic(old, old_context), &less);
        if (beside < TC_RACE_CELLS) {
            if (old_context & TC_CONTEXT_MIXED)
                tc_race_set_first(granule, beside, tc_race_first(granule, now->own));
            tc_race_put_beside(granule, beside, less, old, old_context);
        }
    }
    if (same && !covered && (!one || old_context & TC_CONTEXT_MIXED)) {
        tc_race_set_first(granule, now->own, (uint32_t)__builtin_ctz(now->bytes));
        context |= TC_CONTEXT_MIXED;
    }
    uint64_t was = tc_race_put(granule, now->own, old, fresh, context);
    if (now->access & TC_ACCESS_PLAIN_MOVE &&
        __atomic_load_n(&tc_notes(granule)->tag, __ATOMIC_SEQ_CST) & TC_TAG_ATOMIC)
        tc_race_clear(granule, now->own); /* became so meanwhile */
    return was;
}

/* Puts an atomic access beside the thread's cell; returns what was there. */
static uint64_t record_atomic(const struct now *now, uint32_t context) {
    struct tc_granule *granule = now->granule;
    uint64_t bits = OWN_BITS(now->bytes, now->access & TC_ACCESS_WRITE);
    uint64_t cell = tc_race_local.key | (ALL_CLEAR & ~bits), less;
    uint64_t was = 0;
    for (bool put = false; !put;) {
        unsigned i = place_beside(now, cell, true, &less);
        put = i < TC_RACE_CELLS && tc_race_put_beside(granule, i, less, cell, context);
        if (i == TC_RACE_CELLS) {
            i = (now->own + 1) % TC_RACE_CELLS;
            settled(granule, i, &was);
            put = tc_race_put_beside(granule, i, was, cell, context);
        }
    }
    tc_race_become_atomic(now->thread, now->address);
    return was;
}

/* The side that is in the shadow, as far as it is known. */
static struct tc_race_side_of side_of(const struct now *now, uint64_t cell, uint32_t index,
                                      uint32_t bytes) {
    const struct tc_race_context *context = tc_cell_context(cell, index);
    uint32_t first = (uint32_t)__builtin_ctz(bytes), size = (uint32_t)__builtin_popcount(bytes);
    struct tc_race_side_of side = {
        .thread = tc_race_owner(TC_CELL_SLOT(cell), TC_CELL_CLOCK(cell)),
        .access = bytes & TC_CELL_WRITTEN(cell) ? TC_ACCESS_WRITE : 0,
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
            first = (uint32_t)__builtin_ctz(TC_CELL_TOUCHED(cell));
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
    if (!(tc_notes(now->granule)->tag & TC_TAG_ATOMIC)) {
        tc_race_become_atomic(now->thread, now->address);
        /* Whoever stored its cell before it could see the tag has stored it now. */
        TC_SYSCALL_3(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
        tc_race_forget_moves(now->thread, now->address);
    }
    if (write)
        return; /* released once it is recorded */
    tc_race_guessed = true;
    uint32_t slot = TC_CELL_SLOT(cell);
    if (now->thread->known[slot] < TC_CELL_CLOCK(cell))
        now->thread->known[slot] = TC_CELL_CLOCK(cell);
    const struct tc_race_thread *other = tc_race_slot_owner(slot);
    if (other)
        tc_race_join(now->thread->known, other->known, tc_race_slots_used);
}

/* Whether the context of cell `i` made the access that races: in a mixed cell only the newest one's
 * bytes are known. */
static bool is_exact(const struct now *now, unsigned i, uint64_t cell, uint32_t index,
                     uint32_t touched) {
    const struct tc_race_context *context = tc_cell_context(cell, index);
    if (!(index & TC_CONTEXT_MIXED) || !context)
        return true;
    uint32_t size = context->what & 0xff;
    bool kind = (now->access | context->what >> 8) & TC_ACCESS_WRITE;
    return kind && size && size <= 8 &&
           ((1u << size) - 1) << tc_race_first(now->granule, i) & touched;
}

/* Which bytes of a cell this access conflicts with. */
static uint32_t touched_by(const struct now *now, uint64_t cell) {
    bool write = now->access & TC_ACCESS_WRITE;
    return (write ? TC_CELL_TOUCHED(cell) : TC_CELL_WRITTEN(cell)) & now->bytes;
}

static bool meets(const struct now *now, uint64_t cell) {
    uint32_t slot = TC_CELL_SLOT(cell);
    return cell && slot != now->thread->slot && touched_by(now, cell) &&
           TC_CELL_CLOCK(cell) > now->thread->known[slot];
}

/* Whether a mov counts as atomic here, by now. */
static bool is_as_atomic(const struct now *now) {
    return now->access & TC_ACCESS_PLAIN_MOVE && tc_notes(now->granule)->tag & TC_TAG_ATOMIC;
}

static struct tc_race_side_of this_side(const struct now *now) {
    return (struct tc_race_side_of){
        .address = now->whole,
        .size = now->size,
        .access = now->access,
        .thread = now->thread->index,
        .held = now->thread->held,
        .pc = now->site.return_address,
    };
}

/* A race of this access with that of a cell, whose context is `index`; 0: not known. */
static void tell(const struct now *now, uint64_t cell, uint32_t index, uint32_t also) {
    if (tc_cell_is_atomic(cell, index) && now->access & TC_ACCESS_ATOMIC)
        return;
    struct tc_race_side_of before = side_of(now, cell, index, touched_by(now, cell));
    before.access |= also;
    struct tc_race_side_of this = this_side(now);
    tc_race_found(now->thread, this, before, now->site);
    if (this.access & MAYBE_ATOMIC && before.access & MAYBE_ATOMIC &&
        !(this.access & before.access & TC_ACCESS_WRITE))
        take_for_atomic(now, cell);
}

/* The same of a cell whose context is not known: nothing, where both may be atomic. */
static void tell_unknown(const struct now *now, uint64_t cell) {
    if (!(now->access & TC_ACCESS_ATOMIC || is_as_atomic(now)))
        tell(now, cell, 0, now->access & TC_ACCESS_PLAIN_MOVE);
}

/* Whether a context may be that of a cell: its kind, and at least its bytes. */
static bool fits(uint64_t cell, uint32_t index) {
    const struct tc_race_context *context = tc_cell_context(cell, index);
    if (index & TC_CONTEXT_MIXED || !context)
        return true;
    uint32_t size = context->what & 0xff, write = context->what >> 8 & TC_ACCESS_WRITE;
    return !write == !TC_CELL_WRITTEN(cell) &&
           (size > 8 || (uint32_t)__builtin_popcount(TC_CELL_TOUCHED(cell)) >= size);
}

/* Whether the context of a cell is to be believed.  Where more threads than there are places put
 * something down at the same moment, one's cell has another's context until its own is written: so
 * before a new pair is told, what is there is looked at once more, a moment later. */
static bool is_sure(const struct now *now, unsigned i, uint64_t cell, uint32_t *index) {
    const struct tc_race_context *context = tc_cell_context(cell, *index);
    if (tc_race_slots_used <= TC_RACE_CELLS + 1 || !context ||
        tc_race_is_told(now->site.return_address, context->pc))
        return true;
    for (unsigned turn = 0; turn < SURE_TURNS; turn++)
        tc_pause();
    uint64_t later;
    uint32_t again = settled(now->granule, i, &later);
    if ((later ^ cell) & ~(uint64_t)TC_CELL_LOOK || !again)
        return fits(cell, *index);
    *index = again;
    return true;
}

/* Cell `i` and this access are not ordered.  Where several lines touched its bytes, one that
 * touched these is told, if it is known still. */
static TC_COLD void conflict(const struct now *now, unsigned i) {
    struct tc_granule *granule = now->granule;
    uint64_t cell;
    uint32_t index = settled(granule, i, &cell);
    if (!tc_cell_context(cell, index) || !meets(now, cell)) {
        if (meets(now, cell)) /* it may have been forgotten meanwhile */
            tell_unknown(now, cell);
        return;
    }
    if (!is_sure(now, i, cell, &index))
        return; /* where so much happens it comes again */
    bool exact = is_exact(now, i, cell, index, touched_by(now, cell));
    for (unsigned j = 0; j < TC_RACE_CELLS && !exact; j++) {
        uint64_t other;
        uint32_t its = settled(granule, j, &other), by = touched_by(now, other);
        if (j == i || other >> 32 != cell >> 32 || !by || !tc_cell_context(other, its) ||
            tc_cell_is_atomic(other, its) || !is_exact(now, j, other, its, by))
            continue;
        exact = true;
        cell = other;
        index = its;
    }
    uint32_t moved = tc_cell_context(cell, index)->what >> 8 & TC_ACCESS_PLAIN_MOVE;
    if (exact)
        tell(now, cell, index & ~TC_CONTEXT_MIXED, 0);
    else
        tell(now, cell, 0, moved); /* like the newest access of that code to these bytes */
}

/* A store to what another thread has read, whose clock is known by a guess and goes on: it may be
 * reading there still, by checks that pass over this, and wait for it. */
static TC_COLD bool is_awaited(const struct now *now, unsigned i, uint64_t cell) {
    const struct tc_race_thread *other = tc_race_slot_owner(TC_CELL_SLOT(cell));
    if (!other || other == now->thread || other->slot != TC_CELL_SLOT(cell) ||
        other->clock != TC_CELL_CLOCK(cell))
        return false;
    const struct tc_race_context *context =
        tc_cell_context(cell, tc_notes(now->granule)->context[i]);
    return TC_CELL_TOUCHED(cell) & ~TC_CELL_WRITTEN(cell) & now->bytes &&
           (!context || context->what >> 8 & TC_ACCESS_PLAIN_MOVE);
}

static inline void wake(const struct now *now, unsigned i, uint64_t cell) {
    if (TC_UNLIKELY(tc_race_guessed) && cell && now->access & TC_ACCESS_WRITE &&
        now->access & TC_ACCESS_PLAIN_MOVE && is_awaited(now, i, cell))
        take_for_atomic(now, cell);
}

static void look_at_others(struct now *now) {
    for (unsigned i = 0; i < TC_RACE_CELLS; i++) {
        now->seen[i] = tc_race_cell(now->granule, i);
        if (meets(now, now->seen[i]))
            conflict(now, i);
        else
            wake(now, i, now->seen[i]);
    }
    if (now->late && meets(now, now->thread->displaced))
        tell_unknown(now, now->thread->displaced);
}

/* Whether the first look met that of a cell. */
static bool was_seen(const struct now *now, uint64_t cell) {
    for (unsigned i = 0; i < TC_RACE_CELLS; i++)
        if (now->seen[i] >> 32 == cell >> 32 &&
            !(touched_by(now, cell) & ~touched_by(now, now->seen[i])))
            return true;
    return false;
}

/* After this access was put down in the place of `was`: who came at the same moment? */
static void look_again(const struct now *now, uint64_t was) {
    bool write = now->access & TC_ACCESS_WRITE;
    for (unsigned i = 0; i < TC_RACE_CELLS; i++) {
        uint64_t cell = write ? tc_race_written(now->granule, i) : tc_race_cell(now->granule, i);
        if (TC_LIKELY(!meets(now, cell)))
            wake(now, i, cell);
        else if (!was_seen(now, cell))
            conflict(now, i);
    }
    if (TC_UNLIKELY(meets(now, was)) && !was_seen(now, was))
        tell_unknown(now, was);
}

/* A mov to what the thread itself has changed atomically before gives a lock back, as
 * __sync_lock_release does. */
static bool gives_back(const struct now *now) {
    for (unsigned i = 0; i < TC_RACE_CELLS; i++) {
        uint64_t cell = tc_race_cell(now->granule, i);
        if (TC_CELL_SLOT(cell) == now->thread->slot && TC_CELL_WRITTEN(cell) & now->bytes &&
            tc_cell_is_atomic(cell, tc_notes(now->granule)->context[i]))
            return true;
    }
    return false;
}

static void access_granule(struct now *now) {
    bool atomic = now->access & TC_ACCESS_ATOMIC, write = now->access & TC_ACCESS_WRITE;
    uint64_t bits = OWN_BITS(now->bytes, write);
    uint64_t own = tc_cell_load(tc_cell(now->granule, now->own));
    if (!atomic && has_key(own) && !(own & bits) && !now->late)
        return;
    if (is_as_atomic(now) && write && gives_back(now)) {
        now->access |= TC_ACCESS_ATOMIC;
        now->what |= TC_ACCESS_ATOMIC << 8;
    }
    uint32_t context = tc_race_context(now->thread, now->what, now->site);
    if (TC_UNLIKELY(tc_notes(now->granule)->tag & TC_TAG_FREED))
        tc_race_use_of_freed(now->thread, now->granule, this_side(now), now->site);
    look_at_others(now);
    now->thread->used = true;
    bool as_atomic = is_as_atomic(now);
    look_again(now, atomic || as_atomic ? record_atomic(now, context) : record_plain(now, context));
    if (!as_atomic && is_as_atomic(now)) {
        as_atomic = true;
        record_atomic(now, context);
    }
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
    uintptr_t at = address, end = address + size, late = thread->late;
    thread->late = 0;
    while (at < end) {
        uint32_t offset = at & 7, count = 8 - offset;
        if (count > end - at)
            count = (uint32_t)(end - at);
        now.own = thread->own;
        now.late = late == at;
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

static void access_rest(struct tc_race_thread *thread, uintptr_t address, size_t size,
                        uint32_t access, struct tc_site site) {
    if (thread->busy || thread->ignore || !thread->slot)
        return;
    thread->busy = true;
    __asm__ volatile("" ::: "memory");
    if (tc_race_local.pending)
        tc_race_take_pending(thread);
    access_range(thread, address, size, access, site);
    __asm__ volatile("" ::: "memory");
    thread->busy = false;
}

void tc_race_access(uintptr_t address, size_t size, uint32_t access, struct tc_site site) {
    struct tc_race_thread *thread = tc_race_local.thread;
    if (!thread)
        return;
    if (size > 64 || thread->late - address < size ||
        !tc_race_quick(address, access << 8 | (uint32_t)size, site.return_address, site.cfa))
        access_rest(thread, address, size, access, site);
}

void tc_race_access_rest(uintptr_t address, size_t size, uint32_t access, struct tc_site site) {
    struct tc_race_thread *thread = tc_race_local.thread;
    if (!thread)
        return;
    access_rest(thread, address, size, access, site);
    thread->begun = thread->slot;
}

void tc_race_range(const void *address, size_t size, uint32_t access, struct tc_site site) {
    if (size)
        tc_race_access((uintptr_t)address, size, access, site);
}
