/* compact_hot.h: what compact recording does for most calls of locks and semaphores, inline.
 *
 * What: a lock that is taken in a context that was kept often enough, and its release; a use of a
 *       semaphore that has had its share.  What is held, and all else that a context is made of,
 *       is one number (tc_compact.states).  A call on an object that was made lately has the number
 *       with which that was found out at hand (tc_compact_site); further contexts have a tag in the
 * thread, so that the filter, which is too large for a processor's near caches, need not be asked
 * for them again: it forgets nothing. Threads: each works for the calling thread, busy.
 */
#ifndef TC_PRELOAD_COMPACT_HOT_H
#define TC_PRELOAD_COMPACT_HOT_H

#include "preload/compact_state.h"
#include "preload/event.h"
#include "preload/hot.h"
#include "preload/identity.h"
#include "preload/race/race.h"
#include "preload/seen.h"

#define TC_CONTEXT_TIMES     4    /* how often a context of a lock is kept */
#define TC_COMPACT_EVENTS    4096 /* of an object that is no lock, to be kept */
#define TC_CONTEXT_HELD      16   /* of the locks held, so many of the newest belong to it */
#define TC_COMPACT_TELL_FROM 1024 /* counts are told at this and each power of two above */

/* How often a new context of a lock was met, by any thread. */
extern uint32_t tc_compact_contents;

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

/* The number of what is held, with one lock more. */
static inline uint64_t tc_compact_held_with(uint64_t held, uint64_t entry) {
    uint32_t id = tc_held_object(entry);
    return tc_seen_step(held, entry - id + tc_compact_object_key(id)) & ~(uint64_t)TC_STATE_CODE;
}

/* The number of what the thread holds. */
static inline uint64_t tc_compact_held(const struct tc_thread *self) {
    const struct tc_held_list *held = self->held;
    if (TC_UNLIKELY(!self->compact->base))
        tc_compact_make_base(self);
    uint64_t number = self->compact->base;
    uint32_t first = held->count > TC_CONTEXT_HELD ? held->count - TC_CONTEXT_HELD : 0;
    for (uint32_t i = first; i < held->count; i++)
        number = tc_compact_held_with(number, held->entries[i]);
    return number;
}

static inline uint64_t tc_compact_held_now(const struct tc_thread *self) {
    const struct tc_compact *compact = self->compact;
    return compact->tracked
               ? compact->states[self->held->count % TC_STATES] & ~(uint64_t)TC_STATE_CODE
               : tc_compact_held(self);
}

/* What a lock is acquired in: see compact.h. */
static inline uint64_t tc_compact_context_in(uint64_t held, uint8_t code, uint32_t object,
                                             uint32_t stack) {
    return tc_seen_step(held + code, (uint64_t)stack << 32 | tc_compact_object_key(object));
}
static inline uint64_t tc_compact_context(const struct tc_thread *self, uint8_t code,
                                          uint32_t object, uint32_t stack) {
    return tc_compact_context_in(tc_compact_held(self), code, object, stack);
}

/* Contexts that are known, once a thread asks for more than are worth a page. */
static inline uint64_t tc_compact_tag(uint64_t context) {
    return context * 0xd6e8feb86659fd93ull; /* as a step mixes only its low half well */
}
static inline uint32_t *tc_compact_tag_place(struct tc_compact *compact, uint64_t tag) {
    return &compact->tags[tag >> 22 & (TC_TAGS - 1)];
}
static inline bool tc_compact_has_tag(struct tc_compact *compact, uint64_t context) {
    uint64_t tag = tc_compact_tag(context);
    return TC_LIKELY(*tc_compact_tag_place(compact, tag) == tag >> 32 && tag >> 32);
}

/* Whether the context was kept often enough: by its tag, or else by the filter. */
static inline bool tc_compact_is_known(struct tc_compact *compact, uint64_t context) {
    bool many = compact->asked == TC_ASKED_MANY;
    if (many && tc_compact_has_tag(compact, context))
        return true;
    if (!tc_seen(context, TC_CONTEXT_TIMES))
        return false;
    uint64_t tag = tc_compact_tag(context);
    if (many)
        *tc_compact_tag_place(compact, tag) = (uint32_t)(tag >> 32);
    else
        compact->asked++;
    return true;
}

static inline bool tc_compact_is_due(uint32_t count) {
    return count >= TC_COMPACT_TELL_FROM && (count & (count - 1)) == 0;
}

/* How often a plain mutex was counted in itself; that begins anew.  Its memory has to be there. */
static inline uint32_t tc_compact_take_counted(const struct tc_object *object) {
    pthread_mutex_t *mutex = (pthread_mutex_t *)object->address;
    if (object->type != TC_OBJECT_MUTEX || !tc_mutex_counts(mutex) ||
        tc_mutex_stash(mutex)->id != object->id)
        return 0;
    uint32_t count = *tc_mutex_counted(mutex);
    *tc_mutex_counted(mutex) = 0;
    return count;
}

static inline void tc_compact_leave_out(struct tc_thread *self, struct tc_object *object,
                                        bool lock) {
    uint32_t before = object->left_out, more = lock ? tc_compact_take_counted(object) : 0;
    uint32_t count = object->left_out = before + more + 1;
    bool due =
        tc_compact_is_due(count) || (count >= TC_COMPACT_TELL_FROM && (count ^ before) > before);
    if (TC_UNLIKELY(due || (!lock && count == 1)) && tc_object_is_told(object))
        tc_compact_tell(self, object, !lock);
}

/* Takes the lock without a trace: put off, and held.  There has to be room for it.  `with`: the
 * number of what is held then. */
static inline void tc_compact_take(struct tc_thread *self, uint8_t code, uint64_t entry,
                                   uint64_t with) {
    struct tc_held_list *list = self->held;
    uint32_t count = list->count;
    self->compact->states[(count + 1) % TC_STATES] = with | code;
    list->entries[count] = entry;
    __atomic_store_n(&list->count, count + 1, __ATOMIC_RELEASE);
}

/* Whether a lock may be taken so now. */
static inline bool tc_compact_ready(const struct tc_thread *self) {
    const struct tc_compact *compact = self->compact;
    const struct tc_held_list *list = self->held;
    return list->count - compact->written < TC_STATES - 1 && list->count < list->capacity &&
           !compact->told && !compact->kept_wait;
}

/* What is known of a call is still of the object that was there then, and that is no brief one. */
static inline bool tc_compact_same_object(uint64_t key, const struct tc_object *object) {
    return object && !((object->id ^ (uint32_t)key) | (object->state ^ (uint32_t)TC_OBJECT_LIVE) |
                       object->brief | (object->attr & TC_ATTR_HANDED_OVER));
}

static inline struct tc_compact_site *tc_compact_site_of(struct tc_compact *compact, uint64_t key) {
    return &compact->sites[(key * 0x9e3779b97f4a7c15ull) >> (64 - TC_COMPACT_SITE_BITS)];
}

/* An acquire by a call that is known, when nothing is to be told of it; false: nothing was done.
 * Calls nothing, so that the compiler needs no registers that it would have to save. */
static inline bool tc_compact_hold_known(struct tc_thread *self, uint64_t key, uint64_t entry) {
    struct tc_compact *compact = self->compact;
    uint32_t count = self->held->count;
    uint64_t held = compact->states[count % TC_STATES] & ~(uint64_t)TC_STATE_CODE;
    const struct tc_compact_site *known = tc_compact_site_of(compact, key);
    if (TC_UNLIKELY(known->mark != (held ^ key) || !compact->tracked || count >= TC_CONTEXT_HELD))
        return false;
    struct tc_object *object = known->object;
    if (TC_UNLIKELY(!tc_compact_same_object(key, object)))
        return false;
    uint32_t left_out = object->left_out + 1;
    if (TC_UNLIKELY(tc_compact_is_due(left_out)))
        return false;
    object->left_out = left_out;
    tc_compact_take(self, (uint8_t)(key >> 56), entry,
                    tc_seen_step(held, entry) & ~(uint64_t)TC_STATE_CODE);
    return true;
}

/* The same of a plain mutex in any context that has a tag, once contexts have tags: it is counted
 * in the mutex itself, so that nothing of its object is looked at. */
static inline bool tc_compact_hold_plain(struct tc_thread *self, pthread_mutex_t *mutex,
                                         uint64_t key) {
    struct tc_compact *compact = self->compact;
    uint32_t count = self->held->count, *counted = tc_mutex_counted(mutex);
    if (TC_UNLIKELY(!compact->tracked || tc_churn_any || count >= TC_CONTEXT_HELD ||
                    *counted + 1 >= TC_MUTEX_COUNTED_MAX))
        return false;
    uint64_t held = compact->states[count % TC_STATES] & ~(uint64_t)TC_STATE_CODE;
    uint32_t id = (uint32_t)key, stack = key >> 32 & (TC_SLOT_STACK_MAX - 1);
    uint8_t code = (uint8_t)(key >> 56);
    if (TC_UNLIKELY(!tc_compact_has_tag(compact, tc_compact_context_in(held, code, id, stack))))
        return false;
    ++*counted;
    uint64_t entry = TC_HELD(id, stack, false);
    tc_compact_take(self, code, entry, tc_seen_step(held, entry) & ~(uint64_t)TC_STATE_CODE);
    return true;
}

/* A use of a semaphore by a call that is known, when it is only counted; false: nothing was done.
 */
static inline bool tc_compact_count_known(struct tc_thread *self, uint64_t key) {
    struct tc_compact *compact = self->compact;
    struct tc_object *object = tc_compact_site_of(compact, key)->object;
    uint32_t id = (uint32_t)key;
    if (TC_UNLIKELY(!tc_compact_same_object(key, object) || compact->told ||
                    compact->kept_wait == id || compact->left_out.object.id == id))
        return false;
    const struct tc_share *share = &object->share;
    uint32_t count = object->left_out + 1;
    if (TC_UNLIKELY(share->events < TC_COMPACT_EVENTS || share->window_left ||
                    share->window != __atomic_load_n(&tc_compact_contents, __ATOMIC_RELAXED) ||
                    tc_compact_is_due(count) || count == 1))
        return false;
    object->left_out = count;
    return true;
}

/* The end of what was taken last; false: nothing was done. */
static inline bool tc_compact_unhold(struct tc_thread *self, uint32_t id, bool shared) {
    struct tc_held_list *list = self->held;
    uint32_t newest = list->count - 1;
    if (!list->count || newest < self->compact->floor ||
        !tc_held_as(list->entries[newest], id, shared))
        return false;
    __atomic_store_n(&list->count, newest, __ATOMIC_RELEASE);
    return true;
}

/* What hot.h's tc_hot_put and tc_hot_put_release do, without a call where compact recording has
 * nothing to write; the stack in the key is one below TC_SLOT_STACK_MAX. */
static inline __attribute__((always_inline)) bool
tc_compact_put(struct tc_thread *self, uint64_t key, uint64_t *order, enum tc_hot_hold hold) {
    uint32_t stack = key >> 32 & (TC_SLOT_STACK_MAX - 1);
    uint64_t entry = TC_HELD((uint32_t)key, stack, hold == TC_HOT_SHARED);
    if (self->compact && !tc_race_on() &&
        TC_LIKELY(hold == TC_HOT_COUNTED ? tc_compact_count_known(self, key)
                                         : tc_compact_hold_known(self, key, entry))) {
        tc_hot_end();
        return true;
    }
    return tc_hot_put(self, key, entry, order, hold);
}
static inline __attribute__((always_inline)) bool tc_compact_put_release(struct tc_thread *self,
                                                                         uint32_t id,
                                                                         uint64_t *order,
                                                                         enum tc_hot_hold hold) {
    if (self->compact && !tc_race_on() &&
        TC_LIKELY(tc_compact_unhold(self, id, hold == TC_HOT_SHARED))) {
        tc_hot_end();
        return true;
    }
    return tc_hot_put_release(self, id, order, hold);
}

#endif
