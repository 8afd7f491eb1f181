/* lock_contexts.c: keeps contexts, their moments, and what is held in them once. */
#include "analyzer/checkers/lock_contexts.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"

static struct tc_moment *moments_of(struct tc_lock_context *context) {
    return context->moment_size > 1 ? context->moments : &context->only;
}

void tc_lock_contexts_clear(struct tc_lock_contexts *contexts) {
    for (uint32_t i = 0; i < contexts->keys.count; i++) {
        struct tc_lock_context *context = &contexts->all[i];
        for (uint32_t m = 0; m < context->moment_count; m++)
            tc_snapshot_drop(moments_of(context)[m].known);
        if (context->moment_size > 1)
            free(context->moments);
    }
    tc_numbers_clear(&contexts->keys);
    tc_numbers_clear(&contexts->hold_keys);
    free(contexts->all);
    free(contexts->holds);
    free(contexts->hold_begins);
    *contexts = (struct tc_lock_contexts){0};
}

static bool holds_are(const struct tc_hold *holds, const struct tc_lockset *held) {
    for (uint32_t i = 0; i < held->count; i++)
        if (holds[i].object != held->entries[i].object->id ||
            holds[i].stack != held->entries[i].stack || holds[i].mode != held->entries[i].mode)
            return false;
    return true;
}

/* Where what is held lies among all holds; put there when it is new. */
static uint32_t keep_holds(struct tc_lock_contexts *contexts, const struct tc_lockset *held) {
    uint64_t key = held->count;
    for (uint32_t i = 0; i < held->count; i++)
        key =
            tc_key(tc_key(key, (uint64_t)held->entries[i].object->id << 8 | held->entries[i].mode),
                   held->entries[i].stack);
    key -= key == UINT64_MAX;
    bool fresh;
    uint32_t number = tc_numbers_add(&contexts->hold_keys, key, &fresh);
    if (!fresh && contexts->hold_begins[number] + held->count <= contexts->hold_count &&
        holds_are(&contexts->holds[contexts->hold_begins[number]], held))
        return contexts->hold_begins[number];
    uint32_t begin = (uint32_t)contexts->hold_count;
    for (uint32_t i = 0; i < held->count; i++) {
        contexts->holds = tc_grow(contexts->holds, contexts->hold_count, &contexts->hold_capacity,
                                  sizeof *contexts->holds);
        contexts->holds[contexts->hold_count++] = (struct tc_hold){
            held->entries[i].object->id, held->entries[i].stack, held->entries[i].mode};
    }
    if (fresh) {
        contexts->hold_begins =
            tc_grow(contexts->hold_begins, number, &contexts->hold_begin_capacity,
                    sizeof *contexts->hold_begins);
        contexts->hold_begins[number] = begin;
    }
    return begin;
}

uint32_t tc_lock_contexts_add(struct tc_lock_contexts *contexts, uint64_t key,
                              const struct tc_step *step, uint8_t mode, bool timed) {
    bool fresh;
    uint32_t number = tc_numbers_add(&contexts->keys, key, &fresh);
    contexts->all = tc_grow(contexts->all, number, &contexts->capacity, sizeof *contexts->all);
    contexts->all[number] = (struct tc_lock_context){.thread = step->record->thread,
                                                     .object = step->record->object,
                                                     .stack = step->record->stack,
                                                     .holds = keep_holds(contexts, step->held),
                                                     .hold_count = step->held->count,
                                                     .mode = mode,
                                                     .timed = timed,
                                                     .stride = 1};
    return number;
}

/* Room for one more moment. */
static void reach_moment(struct tc_lock_context *context) {
    if (context->moment_count < context->moment_size)
        return;
    uint8_t size = context->moment_size ? (uint8_t)(2 * context->moment_size) : 1;
    if (size > 1) {
        struct tc_moment *more = tc_alloc_array(size, sizeof *more);
        memcpy(more, moments_of(context), context->moment_count * sizeof *more);
        if (context->moment_size > 1)
            free(context->moments);
        context->moments = more;
    }
    context->moment_size = size;
}

/* Every second one goes. */
static void thin_out(struct tc_lock_context *context) {
    struct tc_moment *moments = moments_of(context);
    uint8_t left = 0;
    for (uint8_t i = 0; i < context->moment_count; i++) {
        if (i % 2 == 0)
            moments[left++] = moments[i];
        else
            tc_snapshot_drop(moments[i].known);
    }
    context->moment_count = left;
    context->stride *= 2;
}

/* Of the moments between two sends of the thread the first is unordered with whatever any later one
 * is unordered with, so it stands for all. */
void tc_lock_context_moment(struct tc_lock_context *context, const struct tc_step *step,
                            uint32_t own) {
    uint32_t count = context->moment_count;
    struct tc_moment *moments = moments_of(context);
    if (count && moments[count - 1].own == own)
        return;
    struct tc_moment moment = {own, step->record->number, tc_clock_snapshot(step->clock)};
    bool keep = context->seen++ % context->stride == 0;
    if (!keep && count > 1) { /* the last one always is the newest */
        tc_snapshot_drop(moments[count - 1].known);
        moments[count - 1] = moment;
        return;
    }
    if (count == TC_MOMENTS)
        thin_out(context);
    reach_moment(context);
    moments_of(context)[context->moment_count++] = moment;
}
