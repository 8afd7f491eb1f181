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

/* The id of the stack at `site`, if it was seen before. */
static inline __attribute__((always_inline)) uint32_t tc_hot_stack(const struct tc_thread *self,
                                                                   struct tc_site site) {
    uint32_t id = tc_trie_find(site.return_address, site.cfa, self->stack_low, self->stack_high);
    return TC_LIKELY(id != 0) ? id : tc_stack_inner(self, site);
}

/* The same with all that is known of the stack; NULL: it was not seen. */
static inline __attribute__((always_inline)) const struct tc_trie_node *
tc_hot_leaf(const struct tc_thread *self, struct tc_site site) {
    return tc_trie_leaf_in(tc_trie_roots, site.return_address, site.cfa, self->stack_low,
                           self->stack_high);
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

/* An event that takes more than one byte to say, between tc_hot_begin and tc_hot_end; false: not
 * this way either. */
bool tc_hot_put(struct tc_thread *self, uint32_t id, uint64_t *order, uint32_t stack, uint8_t code,
                enum tc_hot_hold hold);
bool tc_hot_put_known(struct tc_thread *self, const struct tc_hot_site *site, uint64_t *order,
                      enum tc_hot_hold hold);
bool tc_hot_put_release(struct tc_thread *self, uint32_t id, uint64_t *order,
                        enum tc_hot_hold hold);

/* An event of the context with this key and slot, pushed as `entry` onto the held list unless it is
 * COUNTED.  `site`: what is known of the call, or NULL. */
static inline __attribute__((always_inline)) bool
tc_hot_append(struct tc_thread *self, const struct tc_hot_site *site, uint64_t key, unsigned slot,
              uint64_t entry, uint64_t *order, enum tc_hot_hold hold, uintptr_t sp) {
    tc_hot_begin(sp);
    bool simple = self->slots[slot] == key && tc_hot_ready(self);
    struct tc_held_list *held = tc_local.held; /* not by way of `self`: at hand sooner */
    simple = TC_LIKELY(simple) && (hold == TC_HOT_COUNTED || held->count < held->capacity) &&
             tc_hot_ticket(self, order, hold == TC_HOT_EXCLUSIVE);
    if (TC_LIKELY(simple)) {
        uint8_t *cursor = self->cursor;
        tc_commit_tag(cursor, (uint8_t)(TC_TAG_REPEAT + slot));
        self->cursor = cursor + 1;
        if (hold != TC_HOT_COUNTED) {
            uint32_t count = held->count;
            held->entries[count] = entry;
            __atomic_store_n(&held->count, count + 1, __ATOMIC_RELEASE);
        }
    } else if (site) {
        simple = tc_hot_put_known(self, site, order, hold);
    } else {
        simple = tc_hot_put(self, (uint32_t)key, order, tc_held_stack(entry), (uint8_t)(key >> 56),
                            hold);
    }
    tc_hot_end();
    return simple;
}

/* The same of an object, a stack and a code. */
static inline __attribute__((always_inline)) bool tc_hot_repeat(struct tc_thread *self, uint32_t id,
                                                                uint64_t *order, uint32_t stack,
                                                                uint8_t code, enum tc_hot_hold hold,
                                                                uintptr_t sp) {
    return tc_hot_append(self, NULL, tc_slot_key(id, stack, code), tc_context_slot(id, stack, code),
                         TC_HELD(id, stack, hold == TC_HOT_SHARED), order, hold, sp);
}

/* The same of a call that is known. */
static inline __attribute__((always_inline)) bool
tc_hot_again(struct tc_thread *self, const struct tc_hot_site *site, uint64_t *order,
             enum tc_hot_hold hold, uintptr_t sp) {
    return tc_hot_append(self, site, site->key, site->slot, site->held, order, hold, sp);
}

/* A call as it is in a tc_hot_site; `stashed`: the object carries its identity. */
static inline uintptr_t tc_hot_call(uintptr_t return_address, uint8_t code, bool stashed) {
    return return_address ^ (uintptr_t)code << 56 ^ (uintptr_t)!stashed << 55;
}

static inline struct tc_hot_site *tc_hot_site_at(struct tc_thread *self, uintptr_t return_address,
                                                 uintptr_t address) {
    uintptr_t hash = return_address ^ address >> 4 ^ address >> 10;
    return &self->sites[hash % TC_HOT_SITES];
}

/* The same call as one before, on the same object, by the same stack; else NULL.  Compares what
 * decides that, as tc_hot_stack does, but without looking it up.  `identity`: what the object says
 * of itself; NULL: nothing (tc_hot_spin_order). */
static inline __attribute__((always_inline)) const struct tc_hot_site *
tc_hot_known(struct tc_thread *self, struct tc_site here, const void *object,
             const struct tc_stash *stash, uint8_t code) {
    uintptr_t address = (uintptr_t)object;
    const struct tc_hot_site *site = tc_hot_site_at(self, here.return_address, address);
    __asm__("" : "+r"(site)); /* a pointer to be kept, rather than what it was made of */
    uintptr_t call = tc_hot_call(here.return_address, code, stash != NULL);
    uint64_t differ =
        (site->call ^ call) | (site->address ^ address) | (site->epoch ^ tc_process.hot_epoch);
    if (stash) {
        uint64_t identity;
        memcpy(&identity, stash, sizeof identity);
        differ |= site->identity ^ identity;
    }
    if (TC_UNLIKELY(differ))
        return NULL;
    if (TC_UNLIKELY(here.cfa + site->reach > self->stack_high ||
                    here.cfa - TC_TRIE_BELOW < self->stack_low))
        return NULL;
    const struct tc_trie_word *words = site->words;
    return TC_LIKELY(tc_trie_same_words(words, words + site->plain, words + site->count, here.cfa))
               ? site
               : NULL;
}

/* Whether the site is still that of the call, after the program's signal handlers may have run:
 * they may have made another call known there, or this a child that finds zeroes. */
static inline bool tc_hot_still(const struct tc_hot_site *site, uintptr_t return_address,
                                const void *object, uint8_t code, bool stashed) {
    return TC_LIKELY(!((site->address ^ (uintptr_t)object) |
                       (site->call ^ tc_hot_call(return_address, code, stashed))));
}

/* The tickets of the spinlock of a call that is known: it has no room for an identity, so
 * `identity` is where the table keeps it.  NULL: it is another one by now. */
static inline uint64_t *tc_hot_spin_order(const struct tc_hot_site *site) {
    struct tc_object *object;
    memcpy(&object, &site->identity, sizeof object);
    bool same = object->address == site->address && object->id == (uint32_t)site->key &&
                object->state == TC_OBJECT_LIVE && object->order_epoch == tc_process.epoch;
    return TC_LIKELY(same) ? &object->order : NULL;
}

/* Makes it known, of an object that carries its identity or of one in the table; `epoch`: the
 * process's, from before `leaf` was found. */
void tc_hot_remember(struct tc_thread *self, struct tc_site here, const void *object,
                     const struct tc_stash *stash, uint8_t code, enum tc_hot_hold hold,
                     const struct tc_trie_node *leaf, uint32_t epoch);
void tc_hot_remember_spin(struct tc_thread *self, struct tc_site here, const void *spin,
                          uint8_t code, const struct tc_trie_node *leaf, uint32_t epoch);

/* Releases the newest entry of the held list, when that is this object, held so. */
static inline __attribute__((always_inline)) bool tc_hot_release(struct tc_thread *self,
                                                                 uint32_t id, uint64_t *order,
                                                                 enum tc_hot_hold hold,
                                                                 uintptr_t sp) {
    tc_hot_begin(sp);
    struct tc_held_list *held = tc_local.held; /* not by way of `self`: at hand sooner */
    uint32_t last = tc_hot_ready(self) ? held->count - 1 : 0;
    /* The room first: a child that was not forked by the hook finds zeroes, `held` too. */
    bool simple = tc_hot_ready(self) && held->count &&
                  tc_held_as(held->entries[last], id, hold == TC_HOT_SHARED) &&
                  tc_hot_ticket(self, order, hold == TC_HOT_EXCLUSIVE);
    if (TC_LIKELY(simple)) {
        uint8_t *cursor = self->cursor;
        tc_commit_tag(cursor, TC_TAG_RELEASE_LAST);
        self->cursor = cursor + 1;
        __atomic_store_n(&held->count, last, __ATOMIC_RELEASE);
    } else {
        simple = tc_hot_put_release(self, id, order, hold);
    }
    tc_hot_end();
    return simple;
}

#endif
