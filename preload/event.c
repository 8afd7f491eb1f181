/* event.c: tc_event of recorder.h: one event, in the shortest record that says it. */
#include "preload/event.h"

#include <string.h>

#include "preload/compact_hot.h"
#include "preload/hot.h"

#include "preload/file.h"
#include "preload/object.h"
#include "preload/race/race.h"

#include "preload/poison.h"

/* What the encoder must know of each code, made from events.def. */
enum { ORDERED = 1, PUSH = 2, POP = 4, SHARED = 8, NO_OBJECT = 16, SENDS = 32 };
#define EFFECT_CREATE          0
#define EFFECT_DESTROY         0
#define EFFECT_NONE            0
#define EFFECT_REQUEST         0
#define EFFECT_SEND            SENDS
#define EFFECT_RECEIVE         0
#define EFFECT_READ            0
#define EFFECT_WRITE           0
#define EFFECT_ACQUIRE         PUSH
#define EFFECT_RELEASE         POP
#define MODE_NONE(effect)      0
#define MODE_COUNTED(effect)   0
#define MODE_EXCLUSIVE(effect) (effect)
#define MODE_SHARED(effect)    ((effect) | SHARED)
#define OBJECT_IS_NONE(object) (TC_OBJECT_##object == TC_OBJECT_NONE ? NO_OBJECT : 0)

static const uint8_t traits[256] = {
#define TC_EVENT(code, NAME, OBJECT, EFFECT, MODE, flags, help)                                    \
    [code] = MODE_##MODE(EFFECT_##EFFECT) | OBJECT_IS_NONE(OBJECT) |                               \
             ((flags)&TC_FLAG_ORDERED ? ORDERED : 0),
#include "threadcheck/events.def"
#undef TC_EVENT
};

bool tc_restate_held(struct tc_thread *self) {
    memset(self->slots, 0, sizeof(self->slots));
    struct tc_held_list *held = self->held;
    for (uint32_t i = 0; i < held->count; i++) {
        if (!tc_has_room(self) && !tc_chunk_next(self))
            return false;
        uint64_t entry = held->entries[i];
        uint32_t stack = tc_held_stack(entry);
        struct tc_object *object = tc_object_by_id(tc_held_object(entry));
        if (object && !tc_object_is_told(object))
            tc_object_tell(object, false);
        self->cursor = tc_put_event(
            self->cursor, tc_held_shared(entry) ? TC_EV_STILL_HELD_SHARED : TC_EV_STILL_HELD,
            stack ? TC_FIELD_STACK : 0, tc_held_object(entry), stack, 0, 0, 0);
    }
    return true;
}

/* The reader forgets what it knew of the thread, so it is told what is held. */
static bool tell_loss(struct tc_thread *self) {
    self->cursor = tc_put_number(self->cursor, TC_TAG_LOST, self->lost);
    self->lost = 0;
    if (self->compact)
        tc_compact_told(self);
    if (tc_restate_held(self))
        return true;
    self->lost = 1; /* the rest is told when there is space again */
    return false;
}

TC_COLD bool tc_make_room(struct tc_thread *self) {
    if (tc_process.mode != TC_MODE_OFF && (tc_has_room(self) || tc_chunk_next(self)) &&
        (!self->lost || tell_loss(self)) && (tc_has_room(self) || tc_chunk_next(self)))
        return true;
    if (tc_process.mode != TC_MODE_OFF) {
        self->lost++;
        tc_lose(tc_process.mode != TC_MODE_FILE ? TC_LOSS_MEMORY
                : tc_file.limit_reached         ? TC_LOSS_LIMIT
                                                : TC_LOSS_DISK,
                1);
    }
    return false;
}

/* The newest entry of the object, or held->count. */
static uint32_t held_find(const struct tc_held_list *held, uint32_t object) {
    for (uint32_t i = held->count; i-- > 0;)
        if (tc_held_object(held->entries[i]) == object)
            return i;
    return held->count;
}

static void held_remove(struct tc_held_list *held, uint32_t at) {
    memmove(&held->entries[at], &held->entries[at + 1],
            (held->count - at - 1) * sizeof(held->entries[0]));
    __atomic_store_n(&held->count, held->count - 1, __ATOMIC_RELEASE);
}

void tc_held_drop(struct tc_thread *self, uint32_t object) {
    uint32_t at = held_find(self->held, object);
    if (at < self->held->count)
        held_remove(self->held, at);
}

/* Keeps the held list in step with the reader's.  The levels of a recursive lock that a condition
 * wait gives up and takes again are in `arg`. */
static void update_held(struct tc_thread *self, uint8_t code, uint32_t object, uint32_t stack,
                        uint64_t arg) {
    uint64_t levels = (code == TC_EV_ACQUIRE_WAIT || code == TC_EV_RELEASE_WAIT) && arg ? arg : 1;
    for (; levels; levels--) {
        if (traits[code] & PUSH) {
            if (!tc_held_push(self, object, stack, traits[code] & SHARED))
                return;
        } else {
            uint32_t at = held_find(self->held, object);
            if (at == self->held->count)
                return;
            held_remove(self->held, at);
        }
    }
}

/* A plain release of something held costs a byte or three; false: it takes a whole record. */
static bool put_release(struct tc_thread *self, uint8_t code, uint32_t object) {
    struct tc_held_list *held = self->held;
    uint32_t at = held_find(held, object);
    bool shared = traits[code] & SHARED;
    if (at == held->count || tc_held_shared(held->entries[at]) != shared)
        return false;
    if (at + 1 == held->count) {
        tc_commit_tag(self->cursor, TC_TAG_RELEASE_LAST);
        self->cursor++;
    } else {
        self->cursor = tc_put_number(self->cursor, TC_TAG_RELEASE_OTHER, object);
    }
    held_remove(held, at);
    return true;
}

/* By the slot cache: one byte when the context is known and its ticket may be left out. */
static void put_context(struct tc_thread *self, uint8_t code, uint32_t object, uint32_t stack,
                        bool own, uint64_t ticket) {
    unsigned slot = tc_context_slot(object, stack, code);
    uint64_t key = tc_slot_key(object, stack, code);
    uint8_t fields = (stack ? TC_FIELD_STACK : 0) | (own ? 0 : TC_FIELD_TICKET);
    if (stack >= TC_SLOT_STACK_MAX || !object) {
        self->cursor = tc_put_event(self->cursor, code, fields, object, stack, ticket, 0, 0);
    } else if (self->slots[slot] != key) {
        self->slots[slot] = key;
        self->cursor =
            tc_put_event(self->cursor, code, fields | TC_FIELD_KEEP, object, stack, ticket, 0, 0);
    } else if (own) {
        tc_commit_tag(self->cursor, (uint8_t)(TC_TAG_REPEAT + slot));
        self->cursor++;
    } else {
        self->cursor = tc_put_switch(self->cursor, (uint8_t)slot, ticket);
    }
}

static bool arg_is_object(enum tc_event_code code) {
    return code == TC_EV_WAIT || code == TC_EV_WAIT_TIMED || code == TC_EV_REINIT ||
           code == TC_EV_LOCK_ORDER || code == TC_EV_STILL_WAITING ||
           code == TC_EV_STILL_WAITING_TIMED;
}

void tc_append(struct tc_thread *self, enum tc_event_code code, struct tc_ref object,
               uint32_t stack, uint64_t arg, uint32_t result) {
    uint8_t is = traits[code];
    if (!object.id && !(is & NO_OBJECT))
        return; /* counted as a loss when the object could not be registered */
    if (TC_UNLIKELY(tc_churn_any)) {
        tc_compact_name(self, object.id);
        if (arg_is_object(code))
            tc_compact_name(self, (uint32_t)arg);
    }
    if (!tc_has_room(self) && !tc_make_room(self)) {
        if (is & (PUSH | POP))
            update_held(self, code, object.id, stack, arg);
        return;
    }
    bool own = true;
    uint64_t ticket = 0;
    if ((is & ORDERED) && object.order)
        ticket = tc_take_ticket(self, object.order, &own);
    if ((is & POP) && own && !arg && !result &&
        (code == TC_EV_RELEASE || code == TC_EV_RELEASE_SHARED) &&
        put_release(self, (uint8_t)code, object.id))
        return;
    if (!arg && !result && !(is & POP)) {
        put_context(self, (uint8_t)code, object.id, stack, own, ticket);
    } else {
        uint8_t fields = (stack ? TC_FIELD_STACK : 0) | (own ? 0 : TC_FIELD_TICKET) |
                         (arg ? TC_FIELD_ARG : 0) | (result ? TC_FIELD_RESULT : 0);
        self->cursor = tc_put_event(self->cursor, (uint8_t)code, fields, object.id, stack, ticket,
                                    arg, result);
    }
    if (is & (PUSH | POP))
        update_held(self, (uint8_t)code, object.id, stack, arg);
}

/* The ticket of an event of the short way: nobody else takes one of an object that is held
 * exclusively. */
static uint64_t hot_ticket(const struct tc_thread *self, uint64_t *order, bool alone, bool *own) {
    if (!alone)
        return tc_take_ticket(self, order, own);
    uint64_t seen = *order, next = (seen + 1) & TC_TICKET_MASK;
    *own = tc_own_ticket(self, seen);
    *order = next | (uint64_t)self->index << TC_TICKET_BITS;
    return next;
}

/* A thread that goes round many calls would only overwrite what it will not find again, so not each
 * is remembered. */
#define REMEMBER_ONE_IN 4

static void remember(struct tc_thread *self, struct tc_site here, const struct tc_trie_node *leaf,
                     uint32_t epoch) {
    if (TC_UNLIKELY(here.cfa - TC_TRIE_BELOW < self->stack_low))
        tc_thread_went_deeper(self, here.cfa - TC_TRIE_BELOW);
    uint64_t depth = self->stack_high - here.cfa;
    if (self->calls_missed++ % REMEMBER_ONE_IN || !leaf->way || leaf->id >= TC_SLOT_STACK_MAX ||
        here.cfa - TC_TRIE_BELOW < self->stack_low || here.cfa >= self->stack_high ||
        depth < leaf->way_reach || depth > UINT32_MAX)
        return;
    struct tc_hot_call *call = tc_hot_call_at(self, here);
    tc_hot_begin(here.cfa); /* no handler may find half of it */
    *tc_hot_neighbour(call) = *call;
    *call = (struct tc_hot_call){
        .return_address = here.return_address,
        .words = leaf->way,
        .depth = (uint32_t)depth,
        .epoch = epoch,
        .stack = leaf->id,
        .plain = leaf->way_plain,
        .count = leaf->way_count,
    };
    tc_hot_end();
}

uint32_t tc_hot_find(struct tc_thread *self, struct tc_site here, uint32_t epoch) {
    if (TC_UNLIKELY(!self->index)) /* wiped: a child that has not begun yet */
        return 0;
    const struct tc_hot_call *call = tc_hot_call_at(self, here);
    for (int way = 0; way < 2; way++, call = tc_hot_neighbour(call))
        if (tc_hot_same_call(self, call, here, epoch) && tc_hot_same_stack(call, here))
            return call->stack;
    const struct tc_trie_node *leaf = tc_trie_leaf_in(tc_trie_roots, here.return_address, here.cfa,
                                                      self->stack_low, self->stack_high);
    if (TC_UNLIKELY(!leaf))
        return 0;
    remember(self, here, leaf, epoch);
    return leaf->id;
}

static __attribute__((noinline)) bool put_in_full(struct tc_thread *self, uint64_t key,
                                                  uint64_t entry, uint64_t *order,
                                                  enum tc_hot_hold hold) {
    uint32_t id = (uint32_t)key, stack = tc_held_stack(entry);
    uint8_t code = (uint8_t)(key >> 56);
    if (!tc_has_room(self) || (hold != TC_HOT_COUNTED && self->held->count == self->held->capacity))
        return false;
    if (TC_UNLIKELY(tc_churn_any))
        tc_compact_name(self, id);
    if (!tc_has_room(self))
        return false;
    bool own;
    uint64_t ticket = hot_ticket(self, order, hold == TC_HOT_EXCLUSIVE, &own);
    put_context(self, code, id, stack, own, ticket);
    if (hold != TC_HOT_COUNTED)
        tc_held_push(self, id, stack, hold == TC_HOT_SHARED);
    return true;
}

static __attribute__((noinline)) bool put_in_compact(struct tc_thread *self, uint64_t key,
                                                     uint64_t entry, uint64_t *order,
                                                     enum tc_hot_hold hold) {
    uint32_t id = (uint32_t)key, stack = tc_held_stack(entry);
    uint8_t code = (uint8_t)(key >> 56);
    if (hold == TC_HOT_COUNTED)
        *tc_compact_site_of(self->compact, key) = (struct tc_compact_site){0, tc_object_by_id(id)};
    else if (tc_compact_hold(self, id, stack, code))
        return true;
    tc_compact_event(self, code, (struct tc_ref){.id = id, .order = order}, stack, 0, 0);
    return true;
}

/* Where races are looked for no event goes a shorter way than these functions (hot_limit is NULL),
 * which tell the clocks of locks; of all else, and for threads without a slot, the long way does.
 */
static inline bool tells_clocks(enum tc_hot_hold hold) {
    return !tc_race_on() || (hold != TC_HOT_COUNTED && tc_race_local.key);
}

bool tc_hot_put(struct tc_thread *self, uint64_t key, uint64_t entry, uint64_t *order,
                enum tc_hot_hold hold) {
    bool done = tells_clocks(hold);
    if (TC_UNLIKELY(!done)) {
        tc_hot_end();
        return false;
    }
    if (!self->compact)
        done = put_in_full(self, key, entry, order, hold);
    else if (TC_UNLIKELY(!(hold == TC_HOT_COUNTED ? tc_compact_count_known(self, key)
                                                  : tc_compact_hold_known(self, key, entry))))
        done = put_in_compact(self, key, entry, order, hold);
    if (tc_race_on() && done)
        tc_race_taken((uint32_t)key, hold == TC_HOT_SHARED);
    tc_hot_end();
    return done;
}

static __attribute__((noinline)) bool put_release_of(struct tc_thread *self, uint32_t id,
                                                     uint64_t *order, enum tc_hot_hold hold) {
    bool compact = self->compact;
    struct tc_held_list *held = self->held;
    if (!compact && !tc_has_room(self))
        return false;
    uint32_t at = held_find(held, id);
    if (at == held->count || !tc_held_as(held->entries[at], id, hold == TC_HOT_SHARED))
        return false;
    uint8_t code = hold == TC_HOT_SHARED ? TC_EV_RELEASE_SHARED : TC_EV_RELEASE;
    if (compact) {
        tc_compact_event(self, code, (struct tc_ref){.id = id, .order = order}, 0, 0, 0);
        return true;
    }
    bool own;
    uint64_t ticket = hot_ticket(self, order, hold == TC_HOT_EXCLUSIVE, &own);
    if (own) {
        put_release(self, code, id);
    } else {
        self->cursor = tc_put_event(self->cursor, code, TC_FIELD_TICKET, id, 0, ticket, 0, 0);
        held_remove(held, at);
    }
    return true;
}

bool tc_hot_put_release(struct tc_thread *self, uint32_t id, uint64_t *order,
                        enum tc_hot_hold hold) {
    bool done = tells_clocks(hold) &&
                (TC_LIKELY(self->compact && tc_compact_unhold(self, id, hold == TC_HOT_SHARED)) ||
                 put_release_of(self, id, order, hold));
    if (tc_race_on() && done)
        tc_race_given(id, hold == TC_HOT_SHARED);
    tc_hot_end();
    return done;
}

void tc_event(struct tc_thread *self, enum tc_event_code code, struct tc_ref object, uint32_t stack,
              uint64_t arg, uint32_t result) {
    struct tc_thread *active = tc_busy_begin();
    if (traits[code] & SENDS) /* what the thread allocated may be known to others from now on */
        tc_fresh.first = tc_fresh.next;
    if (TC_UNLIKELY(self->compact))
        tc_compact_event(self, code, object, stack, arg, result);
    else
        tc_append(self, code, object, stack, arg, result);
    if (tc_race_on())
        tc_race_event(self, code, object, arg);
    tc_busy_end(active);
}

bool tc_append_time(struct tc_thread *self) {
    if (!tc_has_room(self) && !tc_make_room(self))
        return false;
    uint64_t now = tc_now();
    self->cursor = tc_put_number(self->cursor, TC_TAG_TIME, now - self->last_time);
    self->last_time = now;
    return true;
}

/* In compact recording a time is written with what it belongs to, if that is. */
void tc_event_time(struct tc_thread *self) {
    if (TC_UNLIKELY(self->compact))
        return;
    struct tc_thread *active = tc_busy_begin();
    self->wait_time = tc_append_time(self) ? self->last_time : 0;
    tc_busy_end(active);
}

uint32_t tc_held_count(const struct tc_thread *self, uint32_t object) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < self->held->count; i++)
        count += tc_held_object(self->held->entries[i]) == object;
    return count;
}

void tc_wait_begin(struct tc_thread *self, enum tc_event_code code, struct tc_ref object,
                   uint32_t stack) {
    uint64_t since = self->wait_time ? self->wait_time : tc_now();
    self->wait_time = 0;
    __atomic_store_n(&self->waiting_changes, self->waiting_changes + 1, __ATOMIC_RELEASE);
    self->waiting = (struct tc_waiting){
        .object = object.id, .code = (uint8_t)code, .stack = stack, .since = since};
    __atomic_store_n(&self->waiting_changes, self->waiting_changes + 1, __ATOMIC_RELEASE);
    if (TC_UNLIKELY(self->compact)) {
        struct tc_thread *active = tc_busy_begin();
        tc_compact_wait_begin(self);
        tc_busy_end(active);
    }
    tc_watch_wanted();
}

void tc_wait_end(struct tc_thread *self) {
    if (!self->waiting.object)
        return;
    __atomic_store_n(&self->waiting.object, 0, __ATOMIC_RELEASE);
    if (TC_UNLIKELY(self->compact)) {
        struct tc_thread *active = tc_busy_begin();
        tc_compact_wait_end(self);
        tc_busy_end(active);
    }
    tc_event_time(self);
    self->wait_time = 0;
}
