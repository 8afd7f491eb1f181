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
}

/* A lock that was taken in this run and is still held.  Nobody else looks at held sets meanwhile,
 * so that nothing is written to those of the thread unless the run ends before the release. */
struct taken {
    struct tc_object *object;
    uint64_t before; /* number of the held set without it */
    uint64_t number; /* of the acquire's record */
    uint32_t stack;
    uint8_t code;
};
#define MOST_TAKEN 16

/* The run's view of its thread, in registers as far as they go. */
struct run {
    struct tc_cursor *cursor;
    struct tc_known *known; /* by slot */
    struct tc_thread_state *state;
    struct tc_model *model;
    struct tc_merge *merge;
    uint64_t held_id, number, bit;
    uint32_t index, version, taken_count;
    uint8_t *doubt;
    struct taken taken[MOST_TAKEN];
};

/* Writes what was taken to the held sets of the thread. */
static __attribute__((noinline)) void settle(struct run *run) {
    for (uint32_t i = 0; i < run->taken_count; i++) {
        const struct taken *taken = &run->taken[i];
        uint64_t id = i + 1 < run->taken_count ? taken[1].before : run->held_id;
        if (!tc_holdings_push(&run->cursor->held, taken->object->id, TC_MODE_EXCLUSIVE, 1))
            run->cursor->out_of_memory = true;
        tc_held_push(run->state, (struct tc_held){.object = taken->object,
                                                  .stack = taken->stack,
                                                  .depth = 1,
                                                  .mode = TC_MODE_EXCLUSIVE,
                                                  .code = taken->code,
                                                  .number = taken->number,
                                                  .time = run->cursor->time,
                                                  .id = id});
    }
    run->taken_count = 0;
}

/* Whether it is free, so that nobody can find its acquire strange. */
static inline bool is_free(const struct tc_object *object) {
    return !(object->owner | object->readers | object->destroyed | object->uncertain);
}

/* Where hardly anything repeats, only now and then it is worth while to look whether it does. */
static inline bool is_hopeless(const struct run *run) {
    enum { MISSES = 8, PAUSE = 32 };
    return __builtin_expect(*run->doubt >= MISSES, 0) && ++*run->doubt % PAUSE;
}

/* Whether the thread has had the held set before that the context leads to. */
static inline bool has_had(const struct run *run, uint32_t object, uint32_t stack, uint8_t code) {
    uint64_t after = tc_contexts_link(run->held_id, object, stack, code);
    bool seen = tc_contexts_has(run->model->contexts, after, run->index, run->version);
    *run->doubt = seen ? 0 : *run->doubt + 1;
    return seen;
}

/* The same of the context in a slot. */
static __attribute__((noinline)) bool look_up(const struct run *run, struct tc_known *known) {
    if (is_hopeless(run) || !has_had(run, known->object->id, known->stack, known->code))
        return false;
    tc_known_add(known, run->held_id, run->version);
    return true;
}

static inline void note_acquire(const struct run *run, const struct tc_known *known,
                                struct tc_object *object) {
    object->acquisitions++;
    object->had_by |= run->bit;
    object->owner_stack = known->stack;
}

static inline void push(struct run *run, const struct tc_known *known, struct tc_object *object) {
    if (__builtin_expect(run->taken_count == MOST_TAKEN, 0))
        settle(run);
    object->ticket++;
    object->owner = run->index;
    object->depth = 1;
    note_acquire(run, known, object);
    run->taken[run->taken_count++] = (struct taken){.object = object,
                                                    .before = run->held_id,
                                                    .number = ++run->number,
                                                    .stack = known->stack,
                                                    .code = known->code};
    run->held_id = tc_contexts_link(run->held_id, object->id, known->stack, known->code);
    tc_merge_wake(run->merge, object);
}

/* The context in a slot again.  A thread that was in it before has used the object.  Returns how
 * many records were taken: 2, when the lock is given back at once, as then nobody sees it held. */
static inline unsigned acquire(struct run *run, struct tc_known *known, uint8_t next) {
    struct tc_object *object = known->object;
    if (__builtin_expect(!object || !is_free(object), 0))
        return 0;
    if (__builtin_expect(!tc_known_from(known, run->held_id, run->version), 0) &&
        !look_up(run, known))
        return 0;
    if (next != TC_TAG_RELEASE_LAST ||
        __builtin_expect(object->traits & TC_TRAIT_PUBLISHES ||
                             tc_merge_awaits(object, object->ticket + 3),
                         0)) {
        push(run, known, object);
        return 1;
    }
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
           object->depth == 1 && !(object->destroyed | object->uncertain) &&
           !(object->traits & TC_TRAIT_PUBLISHES);
}

static inline void give(struct run *run, struct tc_object *object) {
    object->ticket++;
    object->owner = 0;
    object->depth = 0;
    object->last_release_thread = run->index;
    object->release_kept = false;
    run->number++;
    tc_merge_wake(run->merge, object);
}

/* The number of what the thread holds, when all of it is settled. */
static inline uint64_t settled_id(const struct tc_thread_state *state) {
    uint32_t count = state->thread.held.count;
    return count ? state->held[count - 1].id : TC_HELD_NOTHING;
}

/* The newest lock, taken before this run. */
static __attribute__((noinline)) bool release_older(struct run *run) {
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
    run->held_id = settled_id(state);
    return true;
}

static inline bool release(struct run *run) {
    if (__builtin_expect(!run->taken_count, 0))
        return release_older(run);
    const struct taken *last = &run->taken[run->taken_count - 1];
    if (__builtin_expect(last->object->traits & TC_TRAIT_PUBLISHES, 0))
        return false;
    run->taken_count--;
    run->held_id = last->before;
    give(run, last->object);
    return true;
}

/* The records below are longer than a byte: each function returns the byte after it, NULL when it
 * is not for the short way and nothing was done. */

/* A lock that is not the newest of those held. */
static __attribute__((noinline)) const uint8_t *release_other(struct run *run, const uint8_t *at) {
    settle(run);
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
    run->held_id = settled_id(run->state);
    return at;
}

/* A context that takes the place of another in its slot, but was there some time ago.  Returns the
 * slot, 0: no. */
static __attribute__((noinline)) unsigned put_back(struct run *run, const uint8_t **at) {
    const uint8_t *here = *at;
    uint8_t code = here[1], fields = here[2];
    uint32_t id, stack;
    uint64_t ticket;
    if ((fields | TC_FIELD_TICKET) != (TC_FIELD_STACK | TC_FIELD_TICKET | TC_FIELD_KEEP) ||
        !is_plain(code) || is_hopeless(run))
        return 0;
    here = tc_get_u32(here + 3, &id);
    here = tc_get_u32(here, &stack);
    struct tc_object *object = tc_model_touch(run->model, id);
    if (!object || !is_free(object) || (object->first_user != run->index && object->users < 2))
        return 0;
    if (fields & TC_FIELD_TICKET) {
        here = tc_get_varint(here, &ticket);
        if (ticket != object->ticket + 1)
            return 0;
    }
    struct tc_raw raw = {.object = id, .stack = stack, .code = code};
    unsigned slot = tc_context_slot(id, stack, code) + 1;
    if (!has_had(run, id, stack, code) || !tc_cursor_keep(run->cursor, slot, &raw))
        return 0;
    tc_known_begin(&run->known[slot], object, stack, code);
    tc_known_add(&run->known[slot], run->held_id, run->version);
    *at = here;
    return slot;
}

/* A context in a slot again, with the object's ticket, as others had the object meanwhile: its
 * slot, 0: no. */
static inline unsigned after_others(const struct run *run, const uint8_t **at) {
    unsigned slot = (*at)[1] + 1u;
    uint64_t ticket;
    if (slot > TC_SLOTS || !run->known[slot].object)
        return 0;
    const uint8_t *next = tc_get_varint(*at + 2, &ticket);
    if (ticket != run->known[slot].object->ticket + 1)
        return 0;
    *at = next;
    return slot;
}

static inline const uint8_t *take(struct run *run, const uint8_t *at) {
    unsigned slot = __atomic_load_n(at, __ATOMIC_ACQUIRE), taken;
    if (__builtin_expect(slot == TC_TAG_RELEASE_LAST, 0))
        return release(run) ? at + 1 : NULL;
    const uint8_t *next = at + 1;
    if (__builtin_expect(slot - 1u >= TC_SLOTS, 0)) {
        next = at;
        if (slot == TC_TAG_SWITCH)
            slot = after_others(run, &next);
        else if (slot == TC_TAG_EVENT)
            slot = put_back(run, &next);
        else
            return slot == TC_TAG_RELEASE_OTHER ? release_other(run, at) : NULL;
        if (!slot)
            return NULL;
    }
    taken = acquire(run, &run->known[slot], *next);
    return taken ? next + taken - 1 : NULL;
}

uint64_t tc_known_run(struct tc_cursor *cursor, struct tc_known *known,
                      struct tc_thread_state *state, struct tc_model *model, struct tc_merge *merge,
                      uint8_t *doubt) {
    const struct tc_thread *thread = &state->thread;
    if (thread->blocked.object || thread->handler_depth)
        return 0;
    struct run run;
    run.cursor = cursor;
    run.known = known;
    run.state = state;
    run.model = model;
    run.merge = merge;
    run.held_id = settled_id(state);
    run.number = thread->events;
    run.bit = tc_thread_bit(thread->index);
    run.index = thread->index;
    run.version = thread->version;
    run.taken_count = 0;
    run.doubt = doubt;
    const uint8_t *at = cursor->at, *limit = cursor->limit;
    while (at < limit) {
        const uint8_t *next = take(&run, at);
        if (!next)
            break;
        at = next;
    }
    cursor->at = at;
    if (run.taken_count)
        settle(&run);
    uint64_t taken = run.number - thread->events;
    state->thread.events = run.number;
    return taken;
}
