/* core.h: what the files of the race core share: slots, clocks, contexts and locks.
 *
 * What: a thread that is watched has a slot, 1 to 255, and a clock, which together are the key of
 *       what it writes into the shadow; a vector of what it knows of the other slots' clocks; and,
 *       of its slot, the contexts (instruction, stack, held locks) that the shadow refers to.
 * Threads: a struct tc_race_thread belongs to its thread.  Slots are handed out under a lock; what
 *          belongs to a slot stays readable for ever.
 */
#ifndef TC_PRELOAD_RACE_CORE_H
#define TC_PRELOAD_RACE_CORE_H

#include "preload/arch.h"
#include "preload/race/race.h"
#include "preload/sys.h"

#define TC_RACE_SLOTS   256 /* slot 0 is nobody's */
#define TC_CLOCK_MAX    ((1u << 24) - 2)
#define TC_CONTEXTS_MAX 32767u /* bit 15 is TC_CONTEXT_MIXED */
#define TC_HELD_UNKNOWN 0xffffffffu

/* Where an access was made.  Not of one thread: a slot's next owner goes on with what is there. */
struct tc_race_context {
    uintptr_t pc;   /* return address */
    uint32_t stack; /* of the caller (caller.h), or all of it; 0: could not be captured */
    uint32_t held;  /* id of a set of locks; 0: none; TC_HELD_UNKNOWN */
    uint32_t what;  /* size, enum tc_race_access << 8 */
    uint32_t pad;
};

struct tc_race_contexts {
    uint32_t count; /* the highest index in use; from 1 */
    uint32_t mask;  /* of the table, which grows with what is in it */
    struct tc_race_context context[TC_CONTEXTS_MAX + 1];
    /* Open hash: an index, and above it as much of the hash; 0: free. */
    uint32_t table[(TC_CONTEXTS_MAX + 1) * 2];
};

/* A remembered capture: the same instruction, stack pointer and words of the stack. */
struct tc_race_seen {
    uintptr_t pc, cfa;
    const uint64_t *word[2]; /* where the innermost return addresses lay */
    uint64_t value[2];
    uint32_t stack, held;
    uint32_t what; /* size, access << 8 */
    uint32_t index;
} __attribute__((aligned(64))); /* a line of the cache */
#define TC_RACE_SEEN             512
#define TC_RACE_SEEN_AT(pc, cfa) (((pc) >> 2 ^ (pc) >> 9 ^ (cfa) >> 4) % TC_RACE_SEEN)

/* A remembered caller: return addresses, where they lie, and the number of its stack. */
struct tc_race_frame {
    const uint64_t *word[3];
    uint64_t value[3];
    uint32_t stack;
} __attribute__((aligned(64)));
#define TC_RACE_FRAMES 512

/* Where the thread found lately what is known at an object. */
struct tc_sync;
struct tc_race_lately {
    uint64_t key;
    struct tc_sync *sync;
    uint32_t version; /* of what is known there, all of which the thread knows; 0: not */
};
#define TC_RACE_LATELY 256

/* The set of one lock alone. */
struct tc_race_alone {
    uint32_t lock, set;
};
#define TC_RACE_ALONE 64

struct tc_race_thread {
    uint32_t slot;  /* 0: none was free; its synchronisation counts, its accesses do not */
    uint32_t own;   /* the cell of a granule that is its */
    uint32_t clock; /* of what it does now */
    uint32_t held;  /* id of its held set, unless `held_unknown` */
    union {
        struct {
            uint32_t ignore;
            bool busy; /* in the core: a signal handler's accesses are passed over */
            bool held_unknown;
        };
        uint64_t not_ready; /* 0: an access may be renewed without a look at these */
    };
    bool used;      /* something was put into the shadow at this clock */
    uint64_t first; /* the key with which it took its slot: cells below are another thread's */
    uint32_t index; /* of the thread, as in the trace */
    uint32_t washed;
    uint32_t begun;    /* the slot in which rewritten code came the long way, which sets gs */
    uint32_t met;      /* where another's cell was met last: likely to be asked for next */
    uint32_t asked;    /* without a slot: tc_race_slots_left when it was refused one */
    uintptr_t freeing; /* the block that it is about to free, and the number of that free */
    uint32_t freeing_number;
    uintptr_t late;     /* an access that tc_race_quick recorded and that met another's; 0: none */
    uint64_t displaced; /* of another thread, put into the cell at the same moment */
    struct tc_race_contexts *contexts;
    struct tc_race_thread *next; /* in the list of free ones */
    struct tc_race_lately lately[TC_RACE_LATELY];
    struct tc_race_alone alone[TC_RACE_ALONE];
    uint32_t known[TC_RACE_SLOTS]; /* of its own slot: clock - 1 */
    struct tc_race_seen seen[TC_RACE_SEEN];
    struct tc_race_frame frames[TC_RACE_FRAMES];
};

/* The highest slot ever used, plus one: how far vectors need be read. */
extern uint32_t tc_race_slots_used;

/* The clock after which a thread moves to another slot; tests lower it. */
extern uint32_t tc_race_clock_limit;

/* Something is watched: a second thread was or is about to be. */
extern bool tc_race_running;

/* clock.c.  The calling thread's part in it, or NULL. */
struct tc_race_thread *tc_race_thread_get(void);
void tc_race_thread_give(struct tc_race_thread *thread);

/* Takes a slot, when one is free; false: none. */
bool tc_race_slot_take(struct tc_race_thread *thread);

/* A thread that found none asks again, at one of its events, when one has become free since. */
extern uint32_t tc_race_slots_left;
static inline void tc_race_slot_again(struct tc_race_thread *thread) {
    if (TC_UNLIKELY(!thread->slot) &&
        thread->asked != __atomic_load_n(&tc_race_slots_left, __ATOMIC_RELAXED))
        tc_race_slot_take(thread);
}

/* Everything that the thread did is over: its next access comes after what was told. */
void tc_race_tick(struct tc_race_thread *thread);
/* The same where that is all; false: the other one is to be called. */
TC_INTEGERS_ONLY bool tc_race_tick_quick(struct tc_race_thread *thread);

/* The thread knows all that happened until now: where an edge exists that cannot be told. */
void tc_race_know_all(struct tc_race_thread *thread);

/* Which thread had the slot at that clock, and the contexts of the slot. */
uint32_t tc_race_owner(uint32_t slot, uint32_t clock);
TC_INTEGERS_ONLY struct tc_race_contexts *tc_race_contexts_of(uint32_t slot);

/* Lets slots whose clocks ran out be used again; forgets all of the shadow. */
void tc_race_slots_wash(void);

/* Thread owner of a slot now, NULL: none. */
struct tc_race_thread *tc_race_slot_owner(uint32_t slot);

/* Before the thread learns anything: forgets what it knows of slots whose clocks began anew.  They
 * did so `tc_race_washes` times. */
void tc_race_wash(struct tc_race_thread *thread);
extern uint32_t tc_race_washes;

/* Part of tc_race_quick, too, which calls nothing. */
#define TC_RACE_INLINE static inline __attribute__((always_inline)) TC_INTEGERS_ONLY

/* The first byte of a mixed cell's context (race.h).  Others change their part of the tag. */
TC_RACE_INLINE void tc_race_set_first(struct tc_granule *granule, unsigned cell, uint32_t first) {
    unsigned shift = 4 + 3 * cell;
    uint16_t seen = __atomic_load_n(&tc_notes(granule)->tag, __ATOMIC_RELAXED), wanted;
    do
        wanted = (uint16_t)((seen & ~(7u << shift)) | first << shift);
    while (seen != wanted &&
           !__atomic_compare_exchange_n(&tc_notes(granule)->tag, &seen, wanted, true,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}
TC_RACE_INLINE uint32_t tc_race_first(const struct tc_granule *granule, unsigned cell) {
    return tc_notes(granule)->tag >> (4 + 3 * cell) & 7;
}

/* Before anything is put into a cell.  A full barrier when it is the first time. */
TC_RACE_INLINE void tc_race_use(struct tc_granule *granule, uint32_t i) {
    uint16_t *tag = &tc_notes(granule)->tag;
    if (TC_UNLIKELY(!(__atomic_load_n(tag, __ATOMIC_RELAXED) & TC_TAG_USED(i))))
        __atomic_fetch_or(tag, (uint16_t)TC_TAG_USED(i), __ATOMIC_SEQ_CST);
}

/* What is in a cell.  Those that were never used are not touched: most memory is one thread's. */
TC_RACE_INLINE uint64_t tc_race_cell(const struct tc_granule *granule, uint32_t i) {
    return __atomic_load_n(&tc_notes(granule)->tag, __ATOMIC_SEQ_CST) & TC_TAG_USED(i)
               ? __atomic_load_n(tc_cell(granule, i), __ATOMIC_SEQ_CST)
               : 0;
}

/* The same by a thread that has put a write down: whoever has accessed the granule looks at it
 * before it goes on as before.  It is seen there, or sees that it has to look. */
TC_RACE_INLINE uint64_t tc_race_written(struct tc_granule *granule, uint32_t i) {
    uint64_t there = tc_race_cell(granule, i);
    while (there && !(there & TC_CELL_LOOK) &&
           !__atomic_compare_exchange_n(tc_cell(granule, i), &there, there | TC_CELL_LOOK, false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        ;
    return there;
}

/* Whether `cell` still is in place `i`, whoever was told to look meanwhile. */
TC_RACE_INLINE bool tc_race_is_there(const struct tc_granule *granule, uint32_t i, uint64_t cell) {
    return !((__atomic_load_n(tc_cell(granule, i), __ATOMIC_SEQ_CST) ^ cell) &
             ~(uint64_t)TC_CELL_LOOK);
}

/* Gives `cell`, which was put into place `i`, its context.  A thread that was held up in here may
 * have left its own there since: that gives way.  Once the cell is another's, so is its context. */
TC_RACE_INLINE void tc_race_name(struct tc_granule *granule, uint32_t i, uint64_t cell,
                                 uint32_t context) {
    uint16_t *place = &tc_notes(granule)->context[i], seen = 0;
    while (tc_race_is_there(granule, i, cell))
        if (__atomic_compare_exchange_n(place, &seen, (uint16_t)context, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED)) {
            seen = (uint16_t)context;
            if (TC_UNLIKELY(!tc_race_is_there(granule, i, cell)))
                __atomic_compare_exchange_n(place, &seen, 0, false, __ATOMIC_SEQ_CST,
                                            __ATOMIC_RELAXED);
            return;
        }
}

/* Puts an access and its context down where `there` was, and returns what was there.  Meanwhile the
 * cell has no context, rather than another's: with more slots than cells another thread may put
 * its own into this place at the same moment.  A full barrier: of two threads that put down and
 * then look, one sees the other. */
TC_RACE_INLINE uint64_t tc_race_put(struct tc_granule *granule, uint32_t i, uint64_t there,
                                    uint64_t cell, uint32_t context) {
    tc_race_use(granule, i);
    uint16_t *place = &tc_notes(granule)->context[i];
    if (__atomic_load_n(place, __ATOMIC_RELAXED) == context) {
        uint64_t was = there; /* while it stays, so does its context */
        if (__atomic_compare_exchange_n(tc_cell(granule, i), &was, cell, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED))
            return was;
    }
    __atomic_store_n(place, 0, __ATOMIC_RELEASE);
    uint64_t was = __atomic_exchange_n(tc_cell(granule, i), cell, __ATOMIC_SEQ_CST);
    if (TC_LIKELY(tc_race_slots_used <= TC_RACE_CELLS + 1))
        __atomic_store_n(place, (uint16_t)context, __ATOMIC_RELEASE);
    else
        tc_race_name(granule, i, cell, context);
    return was;
}

/* The same beside the thread's own cell, unless something else than `there` is there by now: the
 * thread whose cell it is may come.  What is there must have got its context.  Nobody renews what
 * lies there, so it has the word to look from the start: then writers leave it alone. */
TC_RACE_INLINE bool tc_race_put_beside(struct tc_granule *granule, uint32_t i, uint64_t there,
                                       uint64_t cell, uint32_t context) {
    tc_race_use(granule, i);
    cell |= TC_CELL_LOOK;
    if (there)
        __atomic_store_n(&tc_notes(granule)->context[i], 0, __ATOMIC_RELEASE);
    if (!__atomic_compare_exchange_n(tc_cell(granule, i), &there, cell, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_RELAXED))
        return false;
    tc_race_name(granule, i, cell, context);
    return true;
}

/* How much is lost where `there` gives way to `cell`, which comes after it and covers it, in place
 * `i`; the least is best.  What the same thread put beside before says nothing that `cell` does
 * not, and is in its processor's cache; another thread's own cell is about to be in that one's. */
enum {
    TC_PLACE_OLDER,
    TC_PLACE_FREE,
    TC_PLACE_LINE,
    TC_PLACE_OTHERS,
    TC_PLACE_HOME,
    TC_PLACE_NONE
};
TC_RACE_INLINE uint32_t tc_race_loss(uint64_t there, uint64_t cell, uint32_t i) {
    if (!there)
        return TC_PLACE_FREE;
    if (there >> 56 == cell >> 56)
        return there >> 32 < cell >> 32 ? TC_PLACE_OLDER : TC_PLACE_LINE;
    return (uint32_t)(there >> 56) % TC_RACE_CELLS == i ? TC_PLACE_HOME : TC_PLACE_OTHERS;
}

/* A cell that says nothing any more. */
TC_RACE_INLINE void tc_race_clear(struct tc_granule *granule, uint32_t i) {
    __atomic_store_n(tc_cell(granule, i), 0, __ATOMIC_RELEASE);
    __atomic_store_n(&tc_notes(granule)->context[i], 0, __ATOMIC_RELEASE);
}

static inline void tc_race_join(uint32_t *into, const uint32_t *from, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        into[i] = into[i] > from[i] ? into[i] : from[i];
}

/* context.c: the index of the context for the thread's slot; 0: none. */
uint32_t tc_race_context(struct tc_race_thread *thread, uint32_t what, struct tc_site site);
/* The set of locks that the calling thread holds now. */
uint32_t tc_race_held_set_now(void);
/* Object ids of a held set. */
const uint32_t *tc_race_held_set(uint32_t held, uint32_t *count);

/* A hand-over by a flag was made out afterwards: some thread knows of another's clock while that
 * one goes on with it. */
extern bool tc_race_guessed;

/* atomic.c.  From here on movs to the granule at this address count as atomic. */
void tc_race_become_atomic(struct tc_race_thread *thread, uintptr_t address);
/* Movs from before that inline checks would go on passing over are forgotten; what the stores among
 * them may have released is known at the granule. */
void tc_race_forget_moves(struct tc_race_thread *thread, uintptr_t address);

/* Acquires from the atomic word that was read plainly (tc_race_local.pending). */
void tc_race_take_pending(struct tc_race_thread *thread);

/* The thread makes known at an atomic word what it knows. */
void tc_race_publish(struct tc_race_thread *thread, uintptr_t address);

/* sync.c */
void tc_sync_acquire(struct tc_race_thread *thread, uint64_t key, bool shared);
void tc_sync_release(struct tc_race_thread *thread, uint64_t key, bool shared, bool replace);
/* Of an exclusive one, and one that replaces nothing, where all is at hand and nobody holds the
 * entry's lock; false: nothing was done, the others are to be called. */
TC_INTEGERS_ONLY bool tc_sync_acquire_quick(struct tc_race_thread *thread, uint64_t key);
TC_INTEGERS_ONLY bool tc_sync_release_quick(struct tc_race_thread *thread, uint64_t key);
void tc_sync_forget(uint64_t key);
/* The owner of a slot released there at that clock, knowing this; NULL: not known. */
void tc_sync_tell(struct tc_race_thread *thread, uint64_t key, uint32_t slot, uint32_t clock,
                  const uint32_t *known);
/* The thread does something to an object that orders nothing: known when the object ends. */
void tc_sync_note(struct tc_race_thread *thread, uint64_t key);
/* What is known at an object and not to the thread: at most `most` slots and their clocks. */
uint32_t tc_sync_unknown(struct tc_race_thread *thread, uint64_t key, uint32_t *slots,
                         uint32_t *clocks, uint32_t most);
void tc_sync_wash(const uint64_t *slots); /* a bit a slot */
#define TC_SYNC_ADDRESS (1ull << 63)      /* keys below are ids of objects */
#define TC_SYNC_SIGNALS (1ull << 40)      /* with the id of a condition: its signals */

/* shadow.c */
bool tc_shadow_map(void);
void tc_shadow_forget_all(void);

/* found.c: two accesses that are not ordered. */
struct tc_race_side_of {
    uintptr_t address;
    uint32_t size, access, thread, stack, held;
    uintptr_t pc;
};
void tc_race_found(struct tc_race_thread *thread, struct tc_race_side_of now,
                   struct tc_race_side_of before, struct tc_site site);

/* Whether a race of these two places was told already. */
bool tc_race_is_told(uintptr_t now, uintptr_t before);

/* True for the first who asks for this pair of places. */
bool tc_race_is_first(uintptr_t now, uintptr_t before);

/* freed.c: this access is to a granule of a block that was freed.  Clears the granule. */
void tc_race_use_of_freed(struct tc_race_thread *thread, struct tc_granule *granule,
                          struct tc_race_side_of now, struct tc_site site);

/* The same where the writer knows that nothing orders them. */
void tc_race_tell(struct tc_race_side_of now, struct tc_race_side_of before, struct tc_site site);

/* The race lock: spins for a bounded time only, for its holder may have been suspended by a signal
 * handler (garbage collectors do).  False: not got; the caller must do with less. */
bool tc_race_lock(uint32_t *word);
static inline void tc_race_unlock(uint32_t *word) {
    __atomic_store_n(word, 0, __ATOMIC_RELEASE);
}

#endif
