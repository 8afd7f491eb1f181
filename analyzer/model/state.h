/* state.h: the model as those see it who change it: engine, apply, held and sync.
 *
 * What: struct tc_model, what each thread has besides its public part, and the two transitions that
 *       are hot: an ordinary acquire and an ordinary release.
 * Rules: single-threaded; checkers include model.h only.
 */
#ifndef TC_ANALYZER_STATE_H
#define TC_ANALYZER_STATE_H

#include "analyzer/base/memory.h"
#include "analyzer/model/contexts.h"
#include "analyzer/model/model.h"
#include "trace/reader.h"

/* A thread and what only the model needs to know of it. */
struct tc_thread_state {
    struct tc_thread thread;
    struct tc_held *held; /* what thread.held shows */
    uint32_t held_size;
    uint64_t sends_before_wait; /* of the condition that it waits on */
};

struct tc_model {
    struct tc_trace *trace;
    struct tc_object *objects; /* by id - 1, looked at when first asked for */
    void *object_memory;       /* where they lie, at a multiple of a cache line */
    uint32_t object_count, thread_count;
    struct tc_thread_state *threads; /* by index - 1 */
    struct tc_contexts *contexts;
    struct tc_process process;
    uint64_t lost_here;       /* events that LOST records tell of */
    uint64_t unknown_objects; /* distinct objects without a meta record */
};

struct tc_model *tc_model_new(struct tc_trace *trace);
void tc_model_free(struct tc_model *model);

/* Fills an object in from its meta record. */
void tc_model_meet_object(struct tc_model *model, uint32_t id);

/* The object with this id, met; NULL: there is none. */
static inline struct tc_object *tc_model_touch(struct tc_model *model, uint32_t id) {
    if (id - 1u >= model->object_count)
        return NULL;
    struct tc_object *object = &model->objects[id - 1];
    if (__builtin_expect(!object->id, 0))
        tc_model_meet_object(model, id);
    return object;
}

/* apply.c: a thread uses the object that has not used it before. */
void tc_apply_user(struct tc_model *model, struct tc_object *object, uint32_t thread);

/* Counts a thread among the users of an object. */
static inline void tc_object_used(struct tc_model *model, struct tc_object *object,
                                  uint32_t thread) {
    if (__builtin_expect(object->first_user != thread && object->users < 2, 0))
        tc_apply_user(model, object, thread);
}

static inline void tc_note_release(struct tc_object *object, const struct tc_record *record) {
    object->last_release_thread = record->thread;
    object->release_kept = record->stack != 0;
    if (record->stack)
        object->last_release_stack = record->stack;
}

/* One record to be applied. */
struct tc_change {
    const struct tc_record *record;
    const struct tc_event_info *info;
    struct tc_thread_state *state;
    struct tc_object *object; /* may be NULL */
    uint64_t held_id;         /* of an acquire: the held set with it */
};

/* held.c: what the two functions below leave over. */
void tc_apply_acquire_rare(struct tc_model *model, const struct tc_change *change);
void tc_apply_release_rare(struct tc_model *model, const struct tc_change *change);
/* Takes an object out of a thread's held set, whatever its depth; false: it was not in it. */
bool tc_held_remove(struct tc_thread_state *state, const struct tc_object *object);
/* Takes an object out of all held sets and clears its owner and readers. */
void tc_held_clear(struct tc_model *model, struct tc_object *object);
/* Forgets all that a thread holds, as after a loss. */
void tc_held_forget(struct tc_model *model, struct tc_thread_state *state);
void tc_held_push(struct tc_thread_state *state, struct tc_held entry);

/* apply.c: effects other than acquire and release of locks. */
void tc_apply_other(struct tc_model *model, const struct tc_change *change);
void tc_apply_lost(struct tc_model *model, struct tc_thread_state *state, uint64_t count);

/* sync.c: the clocks. */
void tc_sync_send(struct tc_thread_state *state, struct tc_object *object, uint8_t code);
void tc_sync_receive(struct tc_thread_state *state, struct tc_object *object, uint8_t code,
                     uint32_t result);
void tc_sync_wait(struct tc_thread_state *state, struct tc_object *object);
void tc_sync_reset(struct tc_object *object); /* a barrier was reset */
void tc_sync_free(struct tc_object *object);

/* Whether `change` is an acquire of a free lock by a thread that waits for nothing. */
static inline bool tc_acquire_is_plain(const struct tc_change *change) {
    const struct tc_object *object = change->object;
    return change->info->mode == TC_MODE_EXCLUSIVE &&
           !(object->owner | object->readers | object->destroyed) &&
           !(change->info->flags & (TC_FLAG_WAIT | TC_FLAG_STATE)) &&
           !change->state->thread.blocked.object;
}

static inline void tc_apply_acquire(struct tc_model *model, const struct tc_change *change) {
    struct tc_thread_state *state = change->state;
    if (__builtin_expect(
            !tc_acquire_is_plain(change) || state->thread.held.count == state->held_size, 0)) {
        tc_apply_acquire_rare(model, change);
        return;
    }
    const struct tc_record *record = change->record;
    struct tc_object *object = change->object;
    object->owner = record->thread;
    object->depth = 1;
    object->owner_stack = record->stack;
    object->acquisitions++;
    struct tc_held *entry = &state->held[state->thread.held.count++];
    entry->object = object;
    entry->stack = record->stack;
    entry->depth = 1;
    entry->mode = TC_MODE_EXCLUSIVE;
    entry->code = record->code;
    entry->number = record->number;
    entry->time = record->time;
    entry->id = change->held_id;
}

/* Whether `change` gives up the newest lock of the thread for good. */
static inline bool tc_release_is_plain(const struct tc_change *change) {
    const struct tc_thread_state *state = change->state;
    const struct tc_object *object = change->object;
    if (change->info->mode != TC_MODE_EXCLUSIVE || !state->thread.held.count ||
        object->owner != change->record->thread || object->depth != 1 || object->destroyed ||
        object->traits & TC_TRAIT_PUBLISHES || state->thread.blocked.object)
        return false;
    const struct tc_held *last = &state->held[state->thread.held.count - 1];
    return last->object == object && last->depth == 1;
}

static inline void tc_apply_release(struct tc_model *model, const struct tc_change *change) {
    struct tc_thread_state *state = change->state;
    struct tc_object *object = change->object;
    if (__builtin_expect(!tc_release_is_plain(change), 0)) {
        tc_apply_release_rare(model, change);
        return;
    }
    state->thread.held.count--;
    object->owner = 0;
    object->depth = 0;
    tc_note_release(object, change->record);
}

#endif
