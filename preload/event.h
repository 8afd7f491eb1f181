/* event.h: appending events, for the recorder's own files and for the hottest hooks.
 *
 * What: the inline pieces of tc_event: room, tickets, the held list, the shortest records.
 * Threads: each works for the calling thread, with the guard on.
 */
#ifndef TC_PRELOAD_EVENT_H
#define TC_PRELOAD_EVENT_H

#include "preload/process.h"
#include "trace/encode.h"

#define TC_TICKET_BITS 40
#define TC_TICKET_MASK ((1ull << TC_TICKET_BITS) - 1)

static inline bool tc_has_room(const struct tc_thread *self) {
    return TC_LIKELY(self->cursor < self->limit);
}

/* Makes room for one record, and tells of losses before; false: none, and one more event is lost.
 */
bool tc_make_room(struct tc_thread *self);

/* Appends an event, or the clock, as tc_event does in full recording. */
void tc_append(struct tc_thread *self, enum tc_event_code code, struct tc_ref object,
               uint32_t stack, uint64_t arg, uint32_t result);
bool tc_append_time(struct tc_thread *self); /* false: there was no room */

/* Takes the newest entry of an object out of the held list, if there is one. */
void tc_held_drop(struct tc_thread *self, uint32_t object);

/* STILL_HELD for all that is held, and an empty slot cache; false: no space for all of it. */
bool tc_restate_held(struct tc_thread *self);

/* Whether the last ticket of `order` was taken by this thread: its next one is then left out. */
static inline bool tc_own_ticket(const struct tc_thread *self, uint64_t order) {
    return order >> TC_TICKET_BITS == self->index;
}

/* The next ticket; `*own` says that it may be left out. */
static inline uint64_t tc_take_ticket(const struct tc_thread *self, uint64_t *order, bool *own) {
    uint64_t seen = __atomic_load_n(order, __ATOMIC_RELAXED), next;
    do
        next = ((seen + 1) & TC_TICKET_MASK) | (uint64_t)self->index << TC_TICKET_BITS;
    while (
        !__atomic_compare_exchange_n(order, &seen, next, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    *own = tc_own_ticket(self, seen);
    return next & TC_TICKET_MASK;
}

/* Whether an entry of the held list is this object, held so: one comparison. */
static inline bool tc_held_as(uint64_t entry, uint32_t id, bool shared) {
    return (entry & 0x1ffffffffull) == (id | (uint64_t)shared << 32);
}

static inline bool tc_held_push(struct tc_thread *self, uint32_t object, uint32_t stack,
                                bool shared) {
    struct tc_held_list *held = self->held;
    if (TC_UNLIKELY(held->count == held->capacity)) {
        if (!tc_held_grow(self))
            return false;
        held = self->held;
    }
    held->entries[held->count] = TC_HELD(object, stack, shared);
    __atomic_store_n(&held->count, held->count + 1, __ATOMIC_RELEASE);
    return true;
}

#endif
