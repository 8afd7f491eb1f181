/* known.c: the short way of events that are repeats (known.h). */
#include "analyzer/model/known.h"

void tc_known_begin(struct tc_known *known, struct tc_object *object, uint32_t stack,
                    uint8_t code) {
    const struct tc_event_info *info = &tc_event_table[code];
    bool plain = info->effect == TC_EFFECT_ACQUIRE && info->mode == TC_MODE_EXCLUSIVE &&
                 info->flags & TC_FLAG_ORDERED && !(info->flags & (TC_FLAG_WAIT | TC_FLAG_STATE));
    *known = (struct tc_known){.object = plain ? object : NULL, .stack = stack, .code = code};
}

/* The run's view of its thread, in registers as far as they go. */
struct run {
    struct tc_cursor *cursor;
    struct tc_thread_state *state;
    struct tc_merge *merge;
    uint64_t held_id, number, bit;
    uint32_t index, version;
};

static inline bool is_in_order(const struct tc_object *object) {
    return !(object->destroyed | object->uncertain);
}

static inline bool acquire(struct run *run, const struct tc_known *known) {
    struct tc_thread_state *state = run->state;
    struct tc_object *object = known->object;
    uint32_t count = state->thread.held.count;
    if (!object || count == state->held_size)
        return false;
    uint64_t after = tc_known_after(known, run->held_id, run->version);
    if (!after || object->owner | object->readers || !is_in_order(object) ||
        (object->first_user != run->index && object->users < 2) ||
        !tc_holdings_push(&run->cursor->held, object->id, TC_MODE_EXCLUSIVE, 1))
        return false;
    object->ticket++;
    object->acquisitions++;
    object->had_by |= run->bit;
    object->owner = run->index;
    object->depth = 1;
    object->owner_stack = known->stack;
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
    if (__builtin_expect(object->waiting, 0))
        tc_merge_wake(run->merge, object);
    return true;
}

static inline bool release(struct run *run) {
    struct tc_thread_state *state = run->state;
    struct tc_holdings *decoded = &run->cursor->held;
    uint32_t count = state->thread.held.count;
    if (!count || !decoded->count)
        return false;
    struct tc_held *last = &state->held[count - 1];
    struct tc_object *object = last->object;
    const struct tc_holding *holding = &decoded->entries[decoded->count - 1];
    if (last->mode != TC_MODE_EXCLUSIVE || last->depth != 1 || object->owner != run->index ||
        object->depth != 1 || !is_in_order(object) || object->traits & TC_TRAIT_PUBLISHES ||
        holding->object != object->id || holding->levels != 1 || holding->mode != TC_MODE_EXCLUSIVE)
        return false;
    decoded->count--;
    object->ticket++;
    object->owner = 0;
    object->depth = 0;
    object->last_release_thread = run->index;
    object->release_kept = false;
    state->thread.held.count = count - 1;
    run->number++;
    run->held_id = count > 1 ? last[-1].id : TC_HELD_NOTHING;
    if (__builtin_expect(object->waiting, 0))
        tc_merge_wake(run->merge, object);
    return true;
}

uint64_t tc_known_run(struct tc_cursor *cursor, const struct tc_known *known,
                      struct tc_thread_state *state, struct tc_merge *merge) {
    const struct tc_thread *thread = &state->thread;
    if (thread->blocked.object || thread->handler_depth)
        return 0;
    uint32_t held = thread->held.count;
    struct run run = {.cursor = cursor,
                      .state = state,
                      .merge = merge,
                      .held_id = held ? state->held[held - 1].id : TC_HELD_NOTHING,
                      .number = thread->events,
                      .bit = tc_thread_bit(thread->index),
                      .index = thread->index,
                      .version = thread->version};
    const uint8_t *at = cursor->at, *limit = cursor->limit;
    for (; at < limit; at++) {
        uint8_t tag = __atomic_load_n(at, __ATOMIC_ACQUIRE);
        if (tag == TC_TAG_RELEASE_LAST ? !release(&run)
                                       : tag - 1u >= TC_SLOTS || !acquire(&run, &known[tag]))
            break;
    }
    cursor->at = at;
    uint64_t taken = run.number - thread->events;
    state->thread.events = run.number;
    return taken;
}
