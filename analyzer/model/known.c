/* known.c: the short way of events that are repeats (known.h). */
#include "analyzer/model/known.h"

/* A plain acquire: of an exclusive lock, in the order of its tickets, with nothing to be told. */
static inline bool is_plain(uint8_t code) {
    const struct tc_event_info *info = &tc_event_table[code];
    return info->effect == TC_EFFECT_ACQUIRE && info->mode == TC_MODE_EXCLUSIVE &&
           info->flags & TC_FLAG_ORDERED && !(info->flags & (TC_FLAG_WAIT | TC_FLAG_STATE));
}

void tc_known_begin(struct tc_known *known, struct tc_object *object, uint32_t stack,
                    uint8_t code) {
    *known = (struct tc_known){
        .object = object && is_plain(code) ? object : NULL, .stack = stack, .code = code};
    known->pairs = known->object && !(object->traits & TC_TRAIT_PUBLISHES);
}

/* The run's view of its thread, in registers as far as they go. */
struct run {
    struct tc_cursor *cursor;
    struct tc_known *known; /* by slot */
    struct tc_thread_state *state;
    struct tc_model *model;
    struct tc_merge *merge;
    uint64_t held_id, number, bit;
    uint32_t index, version;
    uint8_t *doubt;
};

static inline bool is_in_order(const struct tc_object *object) {
    return !(object->destroyed | object->uncertain);
}

/* Whether it is free, so that nobody can find its acquire strange. */
static inline bool can_take(const struct run *run, const struct tc_object *object) {
    return !(object->owner | object->readers) && is_in_order(object) &&
           (object->first_user == run->index || object->users >= 2);
}

/* Where hardly anything repeats, only now and then it is worth while to look whether it does. */
static inline bool is_hopeless(const struct run *run) {
    enum { MISSES = 8, PAUSE = 32 };
    return __builtin_expect(*run->doubt >= MISSES, 0) && ++*run->doubt % PAUSE;
}

/* The held set that the context leads to, when the thread has had it before; else 0. */
static inline uint64_t link_seen(const struct run *run, uint32_t object, uint32_t stack,
                                 uint8_t code) {
    uint64_t after = tc_contexts_link(run->held_id, object, stack, code);
    bool seen = tc_contexts_has(run->model->contexts, after, run->index, run->version);
    *run->doubt = seen ? 0 : *run->doubt + 1;
    return seen ? after : 0;
}

/* The same of the context in a slot. */
static inline uint64_t look_up(const struct run *run, struct tc_known *known, uint32_t object) {
    uint64_t after = tc_known_after(known, run->held_id, run->version);
    if (__builtin_expect(after != 0, 1))
        return after;
    after = is_hopeless(run) ? 0 : link_seen(run, object, known->stack, known->code);
    if (after)
        tc_known_add(known, run->held_id, after, run->version);
    return after;
}

static inline void note_acquire(const struct run *run, const struct tc_known *known,
                                struct tc_object *object) {
    object->acquisitions++;
    object->had_by |= run->bit;
    object->owner_stack = known->stack;
}

static inline bool push(struct run *run, const struct tc_known *known, struct tc_object *object,
                        uint64_t after) {
    struct tc_thread_state *state = run->state;
    uint32_t count = state->thread.held.count;
    if (count == state->held_size ||
        !tc_holdings_push(&run->cursor->held, object->id, TC_MODE_EXCLUSIVE, 1))
        return false;
    object->ticket++;
    object->owner = run->index;
    object->depth = 1;
    note_acquire(run, known, object);
    state->held[count] = (struct tc_held){.object = object,
                                          .stack = known->stack,
                                          .depth = 1,
                                          .mode = TC_MODE_EXCLUSIVE,
                                          .code = known->code,
                                          .number = ++run->number,
                                          .time = run->cursor->time,
                                          .id = after};
    state->thread.held.count = count + 1;
    run->held_id = after;
    tc_merge_wake(run->merge, object);
    return true;
}

/* The context in a slot again.  Returns how many records were taken: 2, when the lock is given back
 * at once, as then nobody sees it held. */
static inline unsigned acquire(struct run *run, struct tc_known *known, uint8_t next) {
    struct tc_object *object = known->object;
    if (!object)
        return 0;
    uint64_t after = look_up(run, known, object->id);
    if (!after || !can_take(run, object))
        return 0;
    if (next != TC_TAG_RELEASE_LAST || !known->pairs || tc_merge_awaits(object, object->ticket + 3))
        return push(run, known, object, after);
    object->ticket += 2;
    note_acquire(run, known, object);
    object->last_release_thread = run->index;
    object->release_kept = false;
    run->number += 2;
    return 2;
}

/* Whether the lock is the thread's, once, and its release says nothing to others. */
static inline bool can_give(const struct run *run, const struct tc_held *entry) {
    const struct tc_object *object = entry->object;
    return entry->mode == TC_MODE_EXCLUSIVE && entry->depth == 1 && object->owner == run->index &&
           object->depth == 1 && is_in_order(object) && !(object->traits & TC_TRAIT_PUBLISHES);
}

static inline void give(struct run *run, struct tc_object *object) {
    const struct tc_thread_state *state = run->state;
    uint32_t count = state->thread.held.count;
    object->ticket++;
    object->owner = 0;
    object->depth = 0;
    object->last_release_thread = run->index;
    object->release_kept = false;
    run->number++;
    run->held_id = count ? state->held[count - 1].id : TC_HELD_NOTHING;
    tc_merge_wake(run->merge, object);
}

static inline bool release(struct run *run) {
    struct tc_thread_state *state = run->state;
    struct tc_holdings *decoded = &run->cursor->held;
    uint32_t count = state->thread.held.count;
    if (!count || !decoded->count)
        return false;
    const struct tc_held *last = &state->held[count - 1];
    const struct tc_holding *holding = &decoded->entries[decoded->count - 1];
    if (!can_give(run, last) || holding->object != last->object->id || holding->levels != 1 ||
        holding->mode != TC_MODE_EXCLUSIVE)
        return false;
    decoded->count--;
    state->thread.held.count = count - 1;
    give(run, last->object);
    return true;
}

/* The records below are longer than a byte: each function returns the byte after it, NULL when it
 * is not for the short way and nothing was done. */

/* A lock that is not the newest of those held. */
static const uint8_t *release_other(struct run *run, const uint8_t *at) {
    const struct tc_lockset *held = &run->state->thread.held;
    const struct tc_holdings *decoded = &run->cursor->held;
    uint32_t id, i = held->count, k = decoded->count;
    at = tc_get_u32(at + 1, &id);
    while (i && held->entries[i - 1].object->id != id)
        i--;
    while (k && decoded->entries[k - 1].object != id)
        k--;
    if (!i || !k || decoded->entries[k - 1].mode != TC_MODE_EXCLUSIVE ||
        !can_give(run, &held->entries[i - 1]))
        return NULL;
    struct tc_object *object = held->entries[i - 1].object;
    tc_holdings_remove(&run->cursor->held, id, 1);
    tc_held_remove(run->state, object);
    give(run, object);
    return at;
}

/* A context in a slot again, with the object's ticket, as others had the object meanwhile. */
static inline const uint8_t *acquire_after(struct run *run, const uint8_t *at) {
    unsigned slot = at[1] + 1u;
    uint64_t ticket;
    if (slot > TC_SLOTS || !run->known[slot].object)
        return NULL;
    at = tc_get_varint(at + 2, &ticket);
    if (ticket != run->known[slot].object->ticket + 1)
        return NULL;
    unsigned taken = acquire(run, &run->known[slot], *at);
    return taken ? at + taken - 1 : NULL;
}

/* A context that takes the place of another in its slot, but was there some time ago. */
static const uint8_t *acquire_anew(struct run *run, const uint8_t *at) {
    uint8_t code = at[1], fields = at[2];
    uint32_t id, stack;
    uint64_t ticket;
    if ((fields | TC_FIELD_TICKET) != (TC_FIELD_STACK | TC_FIELD_TICKET | TC_FIELD_KEEP) ||
        !is_plain(code) || is_hopeless(run))
        return NULL;
    at = tc_get_u32(at + 3, &id);
    at = tc_get_u32(at, &stack);
    struct tc_object *object = tc_model_touch(run->model, id);
    if (!object || !can_take(run, object))
        return NULL;
    if (fields & TC_FIELD_TICKET) {
        at = tc_get_varint(at, &ticket);
        if (ticket != object->ticket + 1)
            return NULL;
    }
    uint64_t after = link_seen(run, id, stack, code);
    struct tc_raw raw = {.object = id, .stack = stack, .code = code};
    unsigned slot = tc_context_slot(id, stack, code) + 1;
    if (!after || !tc_cursor_keep(run->cursor, slot, &raw))
        return NULL;
    tc_known_begin(&run->known[slot], object, stack, code);
    tc_known_add(&run->known[slot], run->held_id, after, run->version);
    unsigned taken = acquire(run, &run->known[slot], *at);
    return taken ? at + taken - 1 : NULL;
}

static inline const uint8_t *take(struct run *run, const uint8_t *at) {
    uint8_t tag = __atomic_load_n(at, __ATOMIC_ACQUIRE);
    if (tag - 1u < TC_SLOTS) {
        unsigned taken = acquire(run, &run->known[tag], at[1]);
        return taken ? at + taken : NULL;
    }
    switch (tag) {
    case TC_TAG_RELEASE_LAST:
        return release(run) ? at + 1 : NULL;
    case TC_TAG_SWITCH:
        return acquire_after(run, at);
    case TC_TAG_EVENT:
        return acquire_anew(run, at);
    case TC_TAG_RELEASE_OTHER:
        return release_other(run, at);
    default:
        return NULL;
    }
}

uint64_t tc_known_run(struct tc_cursor *cursor, struct tc_known *known,
                      struct tc_thread_state *state, struct tc_model *model, struct tc_merge *merge,
                      uint8_t *doubt) {
    const struct tc_thread *thread = &state->thread;
    if (thread->blocked.object || thread->handler_depth)
        return 0;
    uint32_t held = thread->held.count;
    struct run run = {.cursor = cursor,
                      .known = known,
                      .state = state,
                      .model = model,
                      .merge = merge,
                      .held_id = held ? state->held[held - 1].id : TC_HELD_NOTHING,
                      .number = thread->events,
                      .bit = tc_thread_bit(thread->index),
                      .index = thread->index,
                      .version = thread->version,
                      .doubt = doubt};
    const uint8_t *at = cursor->at, *limit = cursor->limit;
    while (at < limit) {
        const uint8_t *next = take(&run, at);
        if (!next)
            break;
        at = next;
    }
    cursor->at = at;
    uint64_t taken = run.number - thread->events;
    state->thread.events = run.number;
    return taken;
}
