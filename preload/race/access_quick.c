/* access_quick.c: the most frequent part of what the inline checks do not settle: a plain access,
 * or a mov that counts as atomic, made where one was made before, that races with nothing.
 *
 * Quickest is what programs do most between locks: to read again what was read before and nobody
 * has written since.  That touches the thread's own cell and the granule's notes only.
 *
 * Compiled without vector registers and without a call to what is not, so that rewritten code need
 * not save them.
 * Threads: any, as access.c, whose rules these are.
 */
#include <stddef.h>

#include "preload/race/cell.h"
#include "preload/race/context.h"
#include "preload/race/core.h"

#include "preload/poison.h"

#define INTEGERS_ONLY TC_INTEGERS_ONLY
#define NOT_INLINE    __attribute__((noinline)) INTEGERS_ONLY
#define ALWAYS        static inline __attribute__((always_inline)) INTEGERS_ONLY

#define CLEAR 0x00ff00ffull
/* What a cell says was read or written: the masks, not inverted, in the low half. */
#define DONE(cell) ((uint32_t)(~(cell)&CLEAR))

ALWAYS bool ordered(const struct tc_race_thread *thread, uint64_t cell) {
    return TC_CELL_SLOT(cell) == thread->slot ||
           TC_CELL_CLOCK(cell) <= thread->known[TC_CELL_SLOT(cell)];
}

/* The locks that are held now, when such a set was seen before. */
static NOT_INLINE bool know_held(struct tc_race_thread *thread) {
    uint32_t count = tc_held_set_count(tc_local.held), id = 0;
    if (count == 1) {
        uint32_t lock = tc_held_object(tc_local.held->entries[0]);
        struct tc_race_alone *alone = &thread->alone[lock % TC_RACE_ALONE];
        if (alone->lock != lock) {
            id = tc_held_set_find(tc_local.held, count, tc_held_set_hash(tc_local.held, count));
            if (!id)
                return false;
            *alone = (struct tc_race_alone){lock, id};
        }
        id = alone->set;
    } else if (count) {
        id = tc_held_set_find(tc_local.held, count, tc_held_set_hash(tc_local.held, count));
        if (!id)
            return false;
    }
    thread->held = id;
    thread->held_unknown = false;
    return true;
}

/* Whether that is the context with this index. */
ALWAYS bool is_context(const struct tc_race_thread *thread, uint32_t index,
                       const struct tc_race_seen *seen, uint32_t what) {
    const struct tc_race_context *context = &thread->contexts->context[index];
    __asm__("" : "+r"(context)); /* a pointer to be kept, rather than what it was made of */
    return context->pc == seen->pc && context->what == what && context->stack == seen->stack &&
           context->held == thread->held;
}

/* The context of this place, when it was asked for before; 0: not.  `last`: that of the thread's
 * last access to these bytes, which is the same most often; 0: none. */
ALWAYS uint32_t context(struct tc_race_thread *thread, uint32_t what, uintptr_t pc, uintptr_t cfa,
                        uint32_t last) {
    struct tc_race_seen *seen = &thread->seen[TC_RACE_SEEN_AT(pc, cfa)];
    if (thread->held_unknown && !know_held(thread))
        return 0;
    if (!tc_race_is_seen(seen, pc, cfa))
        return tc_race_context_again(thread, what, pc, cfa);
    if (seen->held == thread->held && seen->what == what)
        return seen->index;
    if (last && is_context(thread, last, seen, what))
        return last;
    struct tc_race_context wanted = {pc, seen->stack, thread->held, what, 0};
    uint32_t place, index = tc_race_context_find(thread->contexts, &wanted, &place);
    if (!index)
        return tc_race_context_again(thread, what, pc, cfa);
    seen->held = thread->held;
    seen->what = what;
    seen->index = index;
    return index;
}

ALWAYS uint32_t loss(const struct tc_race_thread *thread, const struct tc_granule *granule,
                     uint32_t i, uint64_t there, uint64_t old) {
    if (there &&
        (DONE(there) & ~DONE(old) || !ordered(thread, there) || !tc_notes(granule)->context[i]))
        return TC_PLACE_NONE;
    return tc_race_loss(there, old, i);
}

/* Puts what would be lost into another cell, if one is free or says less. */
ALWAYS void put_beside(const struct tc_race_thread *thread, struct tc_granule *granule,
                       uint64_t old, uint32_t index) {
    uint32_t one = thread->own ? 0 : 1, two = thread->own == 2 ? 1 : 2;
    uint64_t less = tc_race_cell(granule, one), other = tc_race_cell(granule, two);
    uint32_t least = loss(thread, granule, one, less, old), place = one;
    uint32_t of_other = loss(thread, granule, two, other, old);
    if (of_other < least) {
        place = two;
        least = of_other;
        less = other;
    }
    if (least == TC_PLACE_NONE)
        return;
    if (index & TC_CONTEXT_MIXED)
        tc_race_set_first(granule, place, tc_race_first(granule, thread->own));
    tc_race_put_beside(granule, place, less, old, index);
}

typedef uint64_t __attribute__((may_alias)) whole_notes;
#define NOTES_ATOMIC ((uint64_t)TC_TAG_ALL << (8 * offsetof(struct tc_notes, tag)))

/* After an access was renewed the notes are not what they were.  False: it is taken back. */
static NOT_INLINE bool renewed_late(const struct tc_race_thread *thread, struct tc_granule *granule,
                                    uint64_t renewed, uint32_t index) {
    const struct tc_notes *notes = tc_notes(granule);
    const uint16_t *context = &notes->context[thread->own];
    if (TC_UNLIKELY(__atomic_load_n(&notes->tag, __ATOMIC_RELAXED) & TC_TAG_ALL)) {
        tc_race_clear(granule, thread->own); /* became atomic meanwhile */
        return false;
    }
    /* A thread that was about to put something beside may have taken it out. */
    if (TC_UNLIKELY(__atomic_load_n(context, __ATOMIC_RELAXED) != index))
        tc_race_name(granule, thread->own, renewed, index);
    return true;
}

/* This code read these bytes before, at an earlier clock, and nobody wrote to the granule since: it
 * meets nothing that it has not met then, and only the clock is new.  Between short critical
 * sections most accesses are such, so no instruction is spent here that can be done without. */
ALWAYS bool read_again(struct tc_race_thread *thread, uintptr_t at, uint32_t bytes, uint32_t what,
                       uintptr_t pc, uintptr_t cfa) {
    uint64_t key = tc_race_local.key;
    uint64_t *cell = (uint64_t *)(tc_race_local.base + (at & TC_SHADOW_MASK));
    uint64_t old = __atomic_load_n(cell, __ATOMIC_RELAXED);
    if ((uint32_t)old + bytes != CLEAR || old - thread->first > key - thread->first)
        return false;
    const struct tc_race_seen *seen = &thread->seen[TC_RACE_SEEN_AT(pc, cfa)];
    if (!tc_race_is_seen(seen, pc, cfa))
        return false;
    struct tc_notes *notes = tc_notes(tc_granule(at));
    uint64_t all = __atomic_load_n((whole_notes *)notes, __ATOMIC_RELAXED);
    uint32_t index = __atomic_load_n(&notes->context[thread->own], __ATOMIC_RELAXED);
    /* No more than one of the table: 0 and MIXED are none. */
    if (index - 1 >= TC_CONTEXTS_MAX || all & NOTES_ATOMIC ||
        !is_context(thread, index, seen, what))
        return false;
    if (!__atomic_compare_exchange_n(cell, &old, key + (uint32_t)old, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_RELAXED))
        return false;
    thread->used = true;
    return TC_LIKELY(__atomic_load_n((whole_notes *)notes, __ATOMIC_RELAXED) == all) ||
           renewed_late(thread, tc_granule(at), key + (uint32_t)old, index);
}

/* Whether an access of another thread that does not come before these is in a cell. */
ALWAYS bool meets(const struct tc_race_thread *thread, uint64_t cell, uint32_t against) {
    return cell && DONE(cell) & against && !ordered(thread, cell);
}

/* What this thread has put down meets what others did until now: `was` was put into its cell while
 * it was about to. */
ALWAYS bool meets_others(struct tc_race_thread *thread, struct tc_granule *granule,
                         uint32_t against, bool write, uint64_t was) {
    uint32_t one = thread->own ? 0 : 1, two = thread->own == 2 ? 1 : 2;
    uint64_t first = write ? tc_race_written(granule, one) : tc_race_cell(granule, one);
    uint64_t second = write ? tc_race_written(granule, two) : tc_race_cell(granule, two);
    thread->displaced = was;
    if (first | second)
        thread->met = first ? one : two;
    return meets(thread, first, against) || meets(thread, second, against) ||
           TC_UNLIKELY(meets(thread, was, against));
}

/* Whether another thread has read there at the last clock that is known of it: access.c has a
 * closer look. */
static NOT_INLINE bool may_be_awaited(const struct tc_race_thread *thread,
                                      const struct tc_granule *granule, uint32_t bytes) {
    for (uint32_t i = 0; i < TC_RACE_CELLS; i++) {
        uint64_t cell = tc_race_cell(granule, i);
        if (cell && DONE(cell) & ~(DONE(cell) >> 16) & bytes &&
            TC_CELL_SLOT(cell) != thread->slot &&
            TC_CELL_CLOCK(cell) == thread->known[TC_CELL_SLOT(cell)])
            return true;
    }
    return false;
}

/* What is looked at lies in lines of their own: they are fetched side by side, not one after the
 * other around barriers.  A cell that was never used is left alone: its page may not be there,
 * which the processor would find out anew each time. */
ALWAYS void fetch(const struct tc_race_thread *thread, uintptr_t address) {
    const struct tc_granule *granule = tc_granule(address);
    __builtin_prefetch(tc_notes(granule));
    __builtin_prefetch(tc_cell(granule, thread->met));
}
ALWAYS void fetch_others(const struct tc_granule *granule, uint32_t tag) {
    for (unsigned i = 0; i < TC_RACE_CELLS; i++)
        if (tag & TC_TAG_USED(i))
            __builtin_prefetch(tc_cell(granule, i));
}

/* Something with what is known at the word of `at`.  A signal handler that comes meanwhile is
 * passed over: it would wait for the entry's lock. */
ALWAYS bool with_sync(struct tc_race_thread *thread,
                      bool (*step)(struct tc_race_thread *, uint64_t), uintptr_t at) {
    thread->busy = true;
    __asm__ volatile("" ::: "memory");
    bool done = step(thread, TC_SYNC_ADDRESS | (at & ~(uintptr_t)7));
    __asm__ volatile("" ::: "memory");
    thread->busy = false;
    return done;
}

/* Whether the context of a cell, whosever it is, is that of an atomic access. */
ALWAYS bool is_atomic(uint64_t cell, uint32_t index) {
    const struct tc_race_contexts *contexts = tc_race_contexts_of(TC_CELL_SLOT(cell));
    index &= ~TC_CONTEXT_MIXED;
    return index && contexts && index <= contexts->count &&
           contexts->context[index].what >> 8 & TC_ACCESS_ATOMIC;
}

/* A thread's three cells of a granule as they were when an access began. */
struct guessed {
    struct tc_race_thread *thread;
    struct tc_granule *granule;
    uint64_t there[TC_RACE_CELLS];
    uint64_t cell; /* what is put down */
};

/* Where an atomic access is put, never into the thread's own cell; see access.c. */
ALWAYS uint32_t place_of(const struct guessed *now) {
    const struct tc_notes *notes = tc_notes(now->granule);
    uint32_t least = TC_PLACE_NONE, next = (now->thread->own + 1) % TC_RACE_CELLS, place = next;
    for (uint32_t step = 0; step < 2; step++) {
        uint32_t i = (next + step) % TC_RACE_CELLS;
        uint64_t there = now->there[i];
        if (there && (DONE(there) & ~DONE(now->cell) || !ordered(now->thread, there) ||
                      !is_atomic(there, notes->context[i])))
            continue;
        uint32_t loss = tc_race_loss(there, now->cell, i);
        if (loss < least) {
            least = loss;
            place = i;
        }
    }
    return place;
}

/* Of this thread, this epoch and this place something that says as much is there. */
ALWAYS bool is_put(const struct guessed *now, uint32_t index) {
    for (uint32_t i = 0; i < TC_RACE_CELLS; i++)
        if (i != now->thread->own && now->there[i] >> 32 == now->cell >> 32 &&
            !(DONE(now->cell) & ~DONE(now->there[i])) &&
            tc_notes(now->granule)->context[i] == index)
            return true;
    return false;
}

ALWAYS bool put_guessed(const struct guessed *now, uint32_t index) {
    if (is_put(now, index))
        return true;
    uint32_t place = place_of(now);
    if (now->there[place] && !tc_notes(now->granule)->context[place])
        return false; /* somebody is about to give it one */
    return tc_race_put_beside(now->granule, place, now->there[place], now->cell, index);
}

/* Of this thread's cells, the context of the newest: likely to be this access's; 0: none.  One that
 * was atomic, where a store gives something back, is left to access.c. */
ALWAYS bool own_guessed(const struct guessed *now, uint32_t bytes, bool write, uint32_t *last) {
    *last = 0;
    for (uint32_t i = 0; i < TC_RACE_CELLS; i++)
        if (now->there[i] && TC_CELL_SLOT(now->there[i]) == now->thread->slot) {
            uint32_t index = tc_notes(now->granule)->context[i] & ~TC_CONTEXT_MIXED;
            if (write && DONE(now->there[i]) >> 16 & bytes && is_atomic(now->there[i], index))
                return false;
            if (i != now->thread->own)
                *last = index;
        }
    return true;
}

/* A mov on memory where movs count as atomic. */
static NOT_INLINE bool quick_guessed(struct tc_race_thread *thread, uintptr_t at, uint32_t bytes,
                                     uint32_t what, uintptr_t pc, uintptr_t cfa) {
    bool write = what >> 8 & TC_ACCESS_WRITE;
    uint32_t bits = write ? bytes | bytes << 16 : bytes;
    uint32_t against = write ? bytes : bytes << 16, last;
    struct guessed now; /* not set as a whole, which takes as long as all the rest */
    now.thread = thread;
    now.granule = tc_granule(at);
    now.cell = tc_race_local.key | (CLEAR & ~(uint64_t)bits);
    uint64_t own = __atomic_load_n(tc_cell(now.granule, thread->own), __ATOMIC_RELAXED);
    if (own >> 32 == now.cell >> 32 && !(own & bits))
        return true;
    for (uint32_t i = 0; i < TC_RACE_CELLS; i++) {
        now.there[i] = tc_race_cell(now.granule, i);
        if (meets(thread, now.there[i], against))
            return false;
    }
    if (!own_guessed(&now, bytes, write, &last))
        return false;
    uint32_t index = context(thread, what, pc, cfa, last);
    if (!index)
        return false;
    thread->used = true;
    if (!put_guessed(&now, index))
        return false;
    for (uint32_t i = 0; i < TC_RACE_CELLS; i++)
        if (meets(thread, write ? tc_race_written(now.granule, i) : tc_race_cell(now.granule, i),
                  against)) {
            thread->late = at;
            thread->displaced = 0;
            return false;
        }
    if (write)
        return with_sync(thread, tc_sync_release_quick, at);
    tc_race_local.pending = at & ~(uintptr_t)7;
    return true;
}

/* The part of an access that lies in the granule of `at`. */
ALWAYS bool quick_part(struct tc_race_thread *thread, uintptr_t at, uint32_t bytes, uint32_t what,
                       uintptr_t pc, uintptr_t cfa) {
    struct tc_granule *granule = tc_granule(at);
    uint32_t access = what >> 8, own = thread->own;
    bool write = access & TC_ACCESS_WRITE;
    uint32_t bits = write ? bytes | bytes << 16 : bytes;
    uint32_t against = write ? bytes : bytes << 16;
    uint64_t key = tc_race_local.key,
             old = __atomic_load_n(tc_cell(granule, own), __ATOMIC_RELAXED);
    uint32_t tag = __atomic_load_n(&tc_notes(granule)->tag, __ATOMIC_RELAXED);
    fetch_others(granule, tag);
    if (TC_UNLIKELY(tag & TC_TAG_ALL)) {
        if ((tag & TC_TAG_ALL) != TC_TAG_ATOMIC)
            return false;
        if (access & TC_ACCESS_PLAIN_MOVE)
            return quick_guessed(thread, at, bytes, what, pc, cfa);
    }
    bool same = old >> 32 == key >> 32;
    if (same && !(old & bits))
        return true;
    if (meets(thread, old, against) ||
        (TC_UNLIKELY(tc_race_guessed) && write && access & TC_ACCESS_PLAIN_MOVE &&
         may_be_awaited(thread, granule, bytes)))
        return false;
    uint32_t old_index = tc_notes(granule)->context[own];
    uint32_t last = TC_CELL_SLOT(old) == thread->slot ? old_index & ~TC_CONTEXT_MIXED : 0;
    uint32_t index = context(thread, what, pc, cfa, last);
    if (!index)
        return false;
    uint64_t fresh = same ? old & ~(uint64_t)bits : key | (CLEAR & ~(uint64_t)bits);
    if (write)
        fresh |= TC_CELL_LOOK;
    bool covered = !old || (!(DONE(old) & ~bits) && ordered(thread, old));
    bool one = same && (old_index & ~TC_CONTEXT_MIXED) == index;
    if (TC_UNLIKELY(tag & TC_TAG_ATOMIC) && !covered && is_atomic(old, old_index))
        return false;                                            /* not every place is one for it */
    if (!covered && !one && tc_race_is_there(granule, own, old)) /* and the context is its */
        put_beside(thread, granule, old, old_index);
    if (same && !covered && (!one || old_index & TC_CONTEXT_MIXED)) {
        tc_race_set_first(granule, own, at & 7);
        index |= TC_CONTEXT_MIXED;
    }
    uint64_t was = tc_race_put(granule, own, old, fresh, index);
    thread->used = true;
    if (TC_UNLIKELY(was != old)) /* and so may have been the word to look */
        tc_race_written(granule, own);
    bool became = false;
    if (access & TC_ACCESS_PLAIN_MOVE) { /* did it become atomic meanwhile?  See access.c */
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        became = __atomic_load_n(&tc_notes(granule)->tag, __ATOMIC_RELAXED) & TC_TAG_ATOMIC;
        if (TC_UNLIKELY(became))
            tc_race_clear(granule, own);
    }
    if (TC_LIKELY(!meets_others(thread, granule, against, write, was == old ? 0 : was) && !became))
        return true;
    thread->late = at;
    return false;
}

/* An access of more than one granule, or of a whole one. */
static NOT_INLINE bool quick_parts(struct tc_race_thread *thread, uintptr_t at, uint32_t what,
                                   uintptr_t pc, uintptr_t cfa) {
    uintptr_t end = at + (what & 0xff);
    if ((what & 0xff) > 16)
        what &= ~0xffu;
    while (at < end) {
        uintptr_t next = (at | 7) + 1;
        uint32_t bytes = 0xffu << (at & 7) & 0xff;
        if (next > end)
            bytes &= 0xffu >> (next - end);
        bool read = !thread->held_unknown && !(what >> 8 & TC_ACCESS_WRITE);
        if (!(read && read_again(thread, at, bytes, what, pc, cfa)) &&
            !quick_part(thread, at, bytes, what, pc, cfa))
            return false;
        at = next;
    }
    return true;
}

ALWAYS bool take_pending(struct tc_race_thread *thread) {
    uintptr_t pending = tc_race_local.pending;
    if (TC_LIKELY(!pending))
        return true;
    if (!with_sync(thread, tc_sync_acquire_quick, pending))
        return false;
    tc_race_local.pending = 0;
    return true;
}

static NOT_INLINE bool quick(uintptr_t address, uint32_t what, uintptr_t pc, uintptr_t cfa) {
    struct tc_race_thread *thread = tc_race_local.thread;
    if (!thread || thread->busy || thread->ignore || !thread->slot)
        return true;
    fetch(thread, address);
    uint32_t size = what & 0xff, offset = address & 7;
    if (what >> 8 & TC_ACCESS_ATOMIC || !take_pending(thread))
        return false;
    if (offset + size > 8)
        return quick_parts(thread, address, what, pc, cfa);
    return quick_part(thread, address, ((1u << size) - 1) << offset, what, pc, cfa);
}

/* The bytes of an access to the first of a granule's, by their number. */
static const uint8_t masks[] = {0, 1, 3, 7, 15, 31, 63, 127, 255};

INTEGERS_ONLY bool tc_race_renew(uintptr_t address, uint32_t what, uintptr_t pc, uintptr_t cfa) {
    struct tc_race_thread *thread = tc_race_local.thread;
    uint32_t size = what & 0xff, offset = address & 7;
    if (what >> 8 & (TC_ACCESS_WRITE | TC_ACCESS_ATOMIC) || offset + size > 8 ||
        TC_UNLIKELY(!thread || thread->not_ready | tc_race_local.pending))
        return false;
    __builtin_prefetch(tc_notes(tc_granule(address)));
    /* Before a barrier that its reading would wait for. */
    __builtin_prefetch((const void *)address);
    return read_again(thread, address, (uint32_t)masks[size] << offset, what, pc, cfa);
}

INTEGERS_ONLY bool tc_race_quick(uintptr_t address, uint32_t what, uintptr_t pc, uintptr_t cfa) {
    struct tc_race_thread *thread = tc_race_local.thread;
    if (thread && thread->held_unknown && !thread->busy && know_held(thread) &&
        tc_race_renew(address, what, pc, cfa))
        return true;
    return quick(address, what, pc, cfa);
}
