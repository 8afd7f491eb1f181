/* hot.h: what the hooks that are called most share: events appended inline, as tc_event would.
 *
 * What: for an ordinary object whose identity is at hand and a thread that is recording, an event
 *       of a context in the slot cache is one byte and a few stores; others are put as they are.
 *       Each function says whether it could do that; if not, nothing has happened and the caller
 *       goes the long way.
 * Threads: each works for the calling thread, with the guard off.
 */
#ifndef TC_PRELOAD_HOT_H
#define TC_PRELOAD_HOT_H

#include "preload/event.h"
#include "preload/identity.h"
#include "preload/stack.h"
#include "preload/stack_trie.h"

/* Whether this thread's events may take the short way at all. */
static inline bool tc_hot_ready(const struct tc_thread *self) {
    return TC_LIKELY(self->cursor < self->hot_limit);
}

/* ANY: held by one, but anybody may release it. */
enum tc_hot_hold { TC_HOT_COUNTED, TC_HOT_SHARED, TC_HOT_EXCLUSIVE, TC_HOT_ANY };

/* An object as the short way knows it. */
struct tc_hot {
    uint64_t *order;
    uint32_t id; /* 0: it is not known so */
};

/* `type` is a constant: nothing of this is left but the way of that type. */
static inline struct tc_hot tc_hot_object(struct tc_thread *self, const void *address,
                                          uint8_t type) {
    struct tc_place place = {0};
    if (type == TC_OBJECT_RWLOCK || type == TC_OBJECT_SEMAPHORE) {
        place = type == TC_OBJECT_RWLOCK ? tc_rwlock_place((pthread_rwlock_t *)address)
                                         : tc_sem_place((sem_t *)address);
        if (TC_LIKELY(tc_place_live(place, address)))
            return (struct tc_hot){place.order, place.stash->id};
        return (struct tc_hot){0};
    }
    struct tc_object *object = *tc_cache_entry(self, (uintptr_t)address, type);
    if (TC_LIKELY(object && object->address == (uintptr_t)address && object->type == type &&
                  object->state == TC_OBJECT_LIVE && object->order_epoch == tc_process.epoch))
        return (struct tc_hot){&object->order, object->id};
    return (struct tc_hot){0};
}

/* Within these two the thread's state is in the making: see tc_busy_begin. */
static inline void tc_hot_begin(uintptr_t sp) {
    tc_local.guard = sp | TC_GUARD_BUSY;
    __asm__ volatile("" ::: "memory");
}

static inline void tc_hot_end(void) {
    __asm__ volatile("" ::: "memory");
    tc_local.guard = 0;
}

/* Takes the next ticket if the last one was this thread's, so that it may be left out of the
 * record.  `alone`: the caller holds the object exclusively, so nobody else takes one now. */
static inline bool tc_hot_ticket(const struct tc_thread *self, uint64_t *order, bool alone) {
    uint64_t seen = __atomic_load_n(order, __ATOMIC_RELAXED);
    if (TC_UNLIKELY(!tc_own_ticket(self, seen)))
        return false;
    if (alone) {
        *order = seen + 1;
        return true;
    }
    return __atomic_compare_exchange_n(order, &seen, seen + 1, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

/* What an event is of, made ready before a lock's own instruction: nothing that is loaded or
 * calculated after it begins before it is done. */
struct tc_hot_context {
    uint64_t key, entry; /* tc_slot_key, and its entry in the held list */
    unsigned slot;
};

static inline __attribute__((always_inline)) struct tc_hot_context
tc_hot_context(uint32_t id, uint32_t stack, uint8_t code, enum tc_hot_hold hold) {
    return (struct tc_hot_context){tc_slot_key(id, stack, code),
                                   TC_HELD(id, stack, hold == TC_HOT_SHARED),
                                   tc_context_slot(id, stack, code)};
}

/* An event of this context in one byte, pushed onto the held list unless it is COUNTED.  False: it
 * takes more to say, and the guard is still on: tc_hot_put has to follow.  In two parts so that a
 * hook, which jumps to its rest, has no calls to save registers for. */
static inline __attribute__((always_inline)) bool
tc_hot_append(struct tc_thread *self, struct tc_hot_context context, uint64_t *order,
              enum tc_hot_hold hold, uintptr_t sp) {
    tc_hot_begin(sp);
    bool simple = self->slots[context.slot] == context.key && tc_hot_ready(self);
    struct tc_held_list *held = tc_local.held; /* not by way of `self`: at hand sooner */
    if (TC_UNLIKELY(!simple || (hold != TC_HOT_COUNTED && held->count >= held->capacity) ||
                    !tc_hot_ticket(self, order, hold == TC_HOT_EXCLUSIVE)))
        return false;
    uint8_t *cursor = self->cursor;
    tc_commit_tag(cursor, (uint8_t)(TC_TAG_REPEAT + context.slot));
    self->cursor = cursor + 1;
    if (hold != TC_HOT_COUNTED) {
        uint32_t count = held->count;
        held->entries[count] = context.entry;
        __atomic_store_n(&held->count, count + 1, __ATOMIC_RELEASE);
    }
    tc_hot_end();
    return true;
}

/* What tc_hot_append did not do; ends it.  False: not this way either. */
bool tc_hot_put(struct tc_thread *self, uint64_t key, uint64_t entry, uint64_t *order,
                enum tc_hot_hold hold);
/* Both. */
static inline __attribute__((always_inline)) bool
tc_hot_record(struct tc_thread *self, struct tc_hot_context context, uint64_t *order,
              enum tc_hot_hold hold, uintptr_t sp) {
    return TC_LIKELY(tc_hot_append(self, context, order, hold, sp)) ||
           tc_hot_put(self, context.key, context.entry, order, hold);
}
static inline __attribute__((always_inline)) bool tc_hot_repeat(struct tc_thread *self, uint32_t id,
                                                                uint64_t *order, uint32_t stack,
                                                                uint8_t code, enum tc_hot_hold hold,
                                                                uintptr_t sp) {
    return tc_hot_record(self, tc_hot_context(id, stack, code, hold), order, hold, sp);
}

static inline struct tc_hot_call *tc_hot_call_at(struct tc_thread *self, struct tc_site here) {
    uintptr_t hash = here.return_address ^ here.cfa >> 4 ^ here.cfa >> 10;
    return &self->calls[hash % TC_HOT_CALLS];
}

/* Where it may be as well: in the same cache line. */
static inline struct tc_hot_call *tc_hot_neighbour(const struct tc_hot_call *call) {
    return (struct tc_hot_call *)((uintptr_t)call ^ sizeof *call);
}

/* Whether it is the same call as one before: at the same depth of the same thread's stack all that
 * is compared can be read. */
static inline __attribute__((always_inline)) bool tc_hot_same_call(const struct tc_thread *self,
                                                                   const struct tc_hot_call *call,
                                                                   struct tc_site here,
                                                                   uint32_t epoch) {
    return !((call->return_address ^ here.return_address) |
             (self->stack_high - here.cfa - call->depth) | (call->epoch ^ epoch));
}

/* And whether it is made by the same stack: compares what decides that, as the trie does, but
 * without looking it up. */
static inline __attribute__((always_inline)) bool tc_hot_same_stack(const struct tc_hot_call *call,
                                                                    struct tc_site here) {
    const struct tc_trie_word *words = call->words;
    return TC_LIKELY(tc_trie_same_words(words, words + call->plain, words + call->count, here.cfa));
}

/* The id of the stack of a call that this thread made before; 0: it has to be looked up.  `epoch`:
 * tc_hot_epoch, from before; it must be the same when the id is used after the program's signal
 * handlers may have run, as this may be a child by then (tc_hot_still). */
static inline __attribute__((always_inline)) uint32_t
tc_hot_known(struct tc_thread *self, struct tc_site here, uint32_t epoch) {
    const struct tc_hot_call *call = tc_hot_call_at(self, here);
    __asm__("" : "+r"(call)); /* a pointer to be kept, rather than what it was made of */
    if (TC_UNLIKELY(!tc_hot_same_call(self, call, here, epoch))) {
        call = tc_hot_neighbour(call);
        if (TC_UNLIKELY(!tc_hot_same_call(self, call, here, epoch)))
            return 0;
    }
    return tc_hot_same_stack(call, here) ? call->stack : 0;
}

static inline uint32_t tc_hot_epoch(void) {
    return __atomic_load_n(&tc_process.hot_epoch, __ATOMIC_ACQUIRE);
}

static inline bool tc_hot_still(uint32_t epoch) {
    return TC_LIKELY(__atomic_load_n(&tc_process.hot_epoch, __ATOMIC_RELAXED) == epoch);
}

/* What tc_hot_known does not find: the id of the stack, if any thread was seen to make this call by
 * it; then this thread will know it. */
uint32_t tc_hot_find(struct tc_thread *self, struct tc_site here, uint32_t epoch);

/* Releases the newest entry of the held list, when that is this object, held so, and it takes one
 * byte to say.  False: the guard is still on, and tc_hot_put_release has to follow. */
static inline __attribute__((always_inline)) bool
tc_hot_release_newest(struct tc_thread *self, uint32_t id, uint64_t *order, enum tc_hot_hold hold,
                      uintptr_t sp) {
    tc_hot_begin(sp);
    struct tc_held_list *held = tc_local.held; /* not by way of `self`: at hand sooner */
    uint32_t last = tc_hot_ready(self) ? held->count - 1 : 0;
    /* The room first: a child that was not forked by the hook finds zeroes, `held` too. */
    if (TC_UNLIKELY(!(tc_hot_ready(self) && held->count &&
                      tc_held_as(held->entries[last], id, hold == TC_HOT_SHARED) &&
                      tc_hot_ticket(self, order, hold == TC_HOT_EXCLUSIVE))))
        return false;
    uint8_t *cursor = self->cursor;
    tc_commit_tag(cursor, TC_TAG_RELEASE_LAST);
    self->cursor = cursor + 1;
    __atomic_store_n(&held->count, last, __ATOMIC_RELEASE);
    tc_hot_end();
    return true;
}

/* What it did not do; ends it.  False: not this way either. */
bool tc_hot_put_release(struct tc_thread *self, uint32_t id, uint64_t *order,
                        enum tc_hot_hold hold);

/* Both. */
static inline __attribute__((always_inline)) bool tc_hot_release(struct tc_thread *self,
                                                                 uint32_t id, uint64_t *order,
                                                                 enum tc_hot_hold hold,
                                                                 uintptr_t sp) {
    return TC_LIKELY(tc_hot_release_newest(self, id, order, hold, sp)) ||
           tc_hot_put_release(self, id, order, hold);
}

#endif
