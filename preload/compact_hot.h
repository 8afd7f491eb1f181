/* compact_hot.h: what compact recording does for most calls of locks, inline.
 *
 * What: a lock that is taken in a context that was kept often enough, and its release.  A call that
 *       is known by its cache line (thread.h) has beside it the context of which that was found
 *       out, so that the filter of contexts need not be asked again: it forgets nothing.
 * Threads: each works for the calling thread, busy.
 */
#ifndef TC_PRELOAD_COMPACT_HOT_H
#define TC_PRELOAD_COMPACT_HOT_H

#include "preload/compact_state.h"
#include "preload/event.h"
#include "preload/object.h"
#include "preload/seen.h"

#define TC_CONTEXT_TIMES     4    /* how often a context of a lock is kept */
#define TC_CONTEXT_HELD      16   /* of the locks held, so many of the newest belong to it */
#define TC_COMPACT_TELL_FROM 1024 /* counts are told at this and each power of two above */

/* Tells how many events of the object were left out; `unknown`: which ones matters. */
void tc_compact_tell(struct tc_thread *self, struct tc_object *object, bool unknown);

/* Makes `base`, with which all keys of contexts begin. */
void tc_compact_make_base(const struct tc_thread *self);

/* An object in the keys: itself, or its class when there are ever new ones of it. */
static inline uint32_t tc_compact_object_key(uint32_t id) {
    if (TC_LIKELY(!tc_churn_any))
        return id;
    const struct tc_object *object = tc_object_by_id(id);
    return object && object->brief ? ~(uint32_t)object->brief : id;
}

/* What a lock is acquired in: see compact.h. */
static inline uint64_t tc_compact_context(const struct tc_thread *self, uint8_t code,
                                          uint32_t object, uint32_t stack) {
    const struct tc_held_list *held = self->held;
    if (TC_UNLIKELY(!self->compact->base))
        tc_compact_make_base(self);
    uint64_t key = self->compact->base;
    uint32_t first = held->count > TC_CONTEXT_HELD ? held->count - TC_CONTEXT_HELD : 0;
    for (uint32_t i = first; i < held->count; i++) {
        uint64_t entry = held->entries[i];
        uint32_t id = tc_held_object(entry);
        key = tc_seen_step(key, entry - id + tc_compact_object_key(id));
    }
    return tc_seen_step(key + code, (uint64_t)stack << 32 | tc_compact_object_key(object));
}

/* Stack and object of a slot's key. */
#define TC_COMPACT_KEY ((1ull << 56) - 1)

static inline bool tc_compact_is_due(uint32_t count) {
    return count >= TC_COMPACT_TELL_FROM && (count & (count - 1)) == 0;
}

static inline void tc_compact_leave_out(struct tc_thread *self, struct tc_object *object,
                                        bool lock) {
    uint32_t count = ++object->left_out;
    if (TC_UNLIKELY(tc_compact_is_due(count) || (!lock && count == 1)) && tc_object_is_told(object))
        tc_compact_tell(self, object, !lock);
}

/* Takes the lock without a trace: put off, and held.  There has to be room for it. */
static inline void tc_compact_take(struct tc_thread *self, uint64_t *order, uint8_t code,
                                   uint64_t entry) {
    struct tc_compact *compact = self->compact;
    struct tc_held_list *held = self->held;
    struct tc_put_off *put_off = &compact->list[compact->count++];
    *put_off = (struct tc_put_off){.object = {tc_held_object(entry), 0, order},
                                   .stack = tc_held_stack(entry),
                                   .code = code,
                                   .hold = true};
    held->entries[held->count] = entry;
    __atomic_store_n(&held->count, held->count + 1, __ATOMIC_RELEASE);
}

/* Whether a lock may be taken so now. */
static inline bool tc_compact_ready(const struct tc_thread *self) {
    const struct tc_compact *compact = self->compact;
    return compact->count < TC_PUT_OFF_MAX && self->held->count < self->held->capacity &&
           !compact->told && !compact->kept_wait;
}

/* An acquire by a call that is known, when nothing is to be told of it; false: nothing was done.
 * Calls nothing, so that the compiler needs no registers that it would have to save. */
static inline bool tc_compact_hold_known(struct tc_thread *self, const struct tc_hot_site *site,
                                         uint64_t *order) {
    struct tc_compact *compact = self->compact;
    const struct tc_compact_site *known = &compact->sites[site - self->sites];
    const struct tc_held_list *held = self->held;
    struct tc_object *object = known->object;
    if (TC_UNLIKELY(!object || object->id != (uint32_t)site->key ||
                    object->address != site->address || object->state != TC_OBJECT_LIVE ||
                    (object->attr & TC_ATTR_HANDED_OVER) || !tc_compact_ready(self) ||
                    !compact->base || tc_churn_any || held->count > TC_CONTEXT_HELD))
        return false;
    uint64_t key = compact->base;
    for (const uint64_t *entry = held->entries, *end = entry + held->count; entry < end; entry++)
        key = tc_seen_step(key, *entry);
    uint8_t code = (uint8_t)(site->key >> 56);
    key = tc_seen_step(key + code, site->key & TC_COMPACT_KEY);
    uint32_t count = object->left_out + 1;
    if (TC_UNLIKELY(known->context != key || tc_compact_is_due(count)))
        return false;
    object->left_out = count;
    tc_compact_take(self, order, code, site->held);
    return true;
}

/* The end of what was taken last; false: nothing was done. */
static inline bool tc_compact_unhold(struct tc_thread *self, uint32_t id, bool shared) {
    struct tc_compact *compact = self->compact;
    struct tc_held_list *held = self->held;
    uint32_t last = compact->count - 1, newest = held->count - 1;
    if (!compact->count || !held->count || compact->told || compact->list[last].object.id != id ||
        !compact->list[last].hold || !tc_held_as(held->entries[newest], id, shared))
        return false;
    compact->count = last;
    __atomic_store_n(&held->count, newest, __ATOMIC_RELEASE);
    return true;
}

#endif
