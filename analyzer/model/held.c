/* held.c: acquires and releases that are not the ordinary ones, and what held sets go through.
 *
 * What: recursion, readers, hand-over, releases by others, counted objects used as locks, and the
 *       contradictions that a lossy trace brings.  The rule in doubt: the newest record is right,
 *       and the object becomes `uncertain`.
 */
#include <string.h>

#include "analyzer/model/state.h"

void tc_held_push(struct tc_thread_state *state, struct tc_held entry) {
    if (state->thread.held.count == state->held_size) {
        state->held_size = state->held_size ? state->held_size * 2 : 8;
        state->held = tc_realloc_array(state->held, state->held_size, sizeof *state->held);
        state->thread.held.entries = state->held;
    }
    state->held[state->thread.held.count++] = entry;
}

/* The newest held entry of the object, or NULL. */
static struct tc_held *find(const struct tc_thread_state *state, const struct tc_object *object) {
    for (uint32_t i = state->thread.held.count; i-- > 0;)
        if (state->held[i].object == object)
            return &state->held[i];
    return NULL;
}

/* Takes an entry out; those above it get new numbers. */
static void remove_entry(struct tc_thread_state *state, struct tc_held *entry) {
    uint32_t at = (uint32_t)(entry - state->held);
    uint32_t count = --state->thread.held.count;
    memmove(entry, entry + 1, (count - at) * sizeof *entry);
    uint64_t before = at ? state->held[at - 1].id : TC_HELD_NOTHING;
    for (; at < count; at++, entry++) {
        entry->id = tc_contexts_link(before, entry->object->id, entry->stack, entry->code);
        before = entry->id;
    }
}

bool tc_held_remove(struct tc_thread_state *state, const struct tc_object *object) {
    struct tc_held *entry = find(state, object);
    if (!entry)
        return false;
    remove_entry(state, entry);
    return true;
}

static struct tc_thread_state *state_of(struct tc_model *model, uint32_t thread) {
    return thread - 1u < model->thread_count ? &model->threads[thread - 1] : NULL;
}

/* The owner does not hold it any more. */
static void end_ownership(struct tc_model *model, struct tc_object *object) {
    struct tc_thread_state *owner = state_of(model, object->owner);
    if (owner)
        tc_held_remove(owner, object);
    object->owner = 0;
    object->depth = 0;
}

void tc_held_clear(struct tc_model *model, struct tc_object *object) {
    if (object->owner)
        end_ownership(model, object);
    for (uint32_t i = 0; object->readers && i < model->thread_count; i++)
        if (tc_held_remove(&model->threads[i], object))
            object->readers--;
    object->readers = 0;
}

void tc_held_forget(struct tc_model *model, struct tc_thread_state *state) {
    (void)model;
    uint32_t thread = state->thread.index;
    for (uint32_t i = 0; i < state->thread.held.count; i++) {
        const struct tc_held *entry = &state->held[i];
        struct tc_object *object = entry->object;
        object->uncertain = true;
        if (entry->mode == TC_MODE_SHARED && object->readers)
            object->readers--;
        if (object->owner == thread) {
            object->owner = 0;
            object->depth = 0;
        }
    }
    state->thread.held.count = 0;
}

static void push_entry(const struct tc_change *change, uint8_t mode, uint32_t levels) {
    const struct tc_record *record = change->record;
    tc_held_push(change->state, (struct tc_held){.object = change->object,
                                                 .stack = record->stack,
                                                 .depth = levels,
                                                 .mode = mode,
                                                 .code = record->code,
                                                 .number = record->number,
                                                 .time = record->time,
                                                 .id = change->held_id});
}

/* How many levels of a recursive lock the record takes or gives up. */
static uint32_t levels_of(const struct tc_change *change) {
    uint64_t arg = change->info->flags & TC_FLAG_WAIT ? change->record->arg : 0;
    return arg == 0 ? 1 : arg > UINT32_MAX ? UINT32_MAX : (uint32_t)arg;
}

static void add_levels(uint32_t *depth, uint32_t levels) {
    if (__builtin_add_overflow(*depth, levels, depth))
        *depth = UINT32_MAX;
}

static void acquire_exclusive(struct tc_model *model, const struct tc_change *change) {
    struct tc_object *object = change->object;
    uint32_t thread = change->record->thread, levels = levels_of(change);
    bool state_only = change->info->flags & TC_FLAG_STATE;
    struct tc_held *entry = find(change->state, object);

    if (object->owner && object->owner != thread) {
        /* Another holds it as far as is known: it died (ACQUIRE_ORPHAN), or records are missing. */
        if (change->record->code != TC_EV_ACQUIRE_ORPHAN)
            object->uncertain = true;
        end_ownership(model, object);
    }
    bool upgrade = entry && entry->mode == TC_MODE_SHARED; /* or a release is missing */
    if (object->readers > upgrade)
        object->uncertain = true;
    if (upgrade) {
        object->readers -= object->readers > 0;
        entry->mode = TC_MODE_EXCLUSIVE;
        object->owner = thread;
        object->depth = entry->depth;
    }
    if (entry) {
        add_levels(&entry->depth, levels);
        add_levels(&object->depth, levels);
    } else {
        object->depth = levels;
        push_entry(change, TC_MODE_EXCLUSIVE, levels);
        object->owner_stack = change->record->stack;
    }
    object->owner = thread;
    object->acquisitions += !state_only;
}

static void acquire_shared(struct tc_model *model, const struct tc_change *change) {
    struct tc_object *object = change->object;
    struct tc_held *entry = find(change->state, object);
    if (object->owner && object->owner != change->record->thread) {
        object->uncertain = true;
        end_ownership(model, object);
    }
    object->acquisitions += !(change->info->flags & TC_FLAG_STATE);
    if (entry) {
        add_levels(&entry->depth, 1);
        if (entry->mode == TC_MODE_EXCLUSIVE)
            add_levels(&object->depth, 1);
        return;
    }
    object->readers++;
    object->owner_stack = change->record->stack;
    push_entry(change, TC_MODE_SHARED, 1);
}

/* A counted object that was used as a lock is one no more. */
static void stop_lock_like(struct tc_model *model, struct tc_object *object) {
    object->lock_like = false;
    if (object->owner)
        end_ownership(model, object);
}

static void acquire_counted(struct tc_model *model, const struct tc_change *change) {
    struct tc_object *object = change->object;
    object->units--;
    object->acquisitions++;
    if (object->lock_like && object->owner)
        stop_lock_like(model, object);
    if (!object->lock_like) {
        tc_sync_receive(change->state, object, change->record->code, 0);
        return;
    }
    object->owner = change->record->thread;
    object->depth = 1;
    object->owner_stack = change->record->stack;
    push_entry(change, TC_MODE_COUNTED, 1);
}

/* A wait on an object of Python's begins before the locks are given up that it is made with, the
 * interpreter's last. */
static bool is_part_of_wait(const struct tc_change *change) {
    const struct tc_object *object = change->object, *waited = change->state->thread.blocked.object;
    if (!(object->attr & TC_ATTR_PYTHON))
        return false;
    if (object->type == TC_OBJECT_GIL) /* also taken for a moment, to run a signal's handler */
        return waited != object;
    return change->info->effect == TC_EFFECT_RELEASE && waited->attr & TC_ATTR_PYTHON;
}

/* The thread goes on: it waits no longer. */
static void unblock(const struct tc_change *change) {
    struct tc_thread *thread = &change->state->thread;
    if (!thread->blocked.object || change->record->code == TC_EV_RELEASE_WAIT ||
        is_part_of_wait(change))
        return;
    if (thread->blocked.object == change->object)
        change->object->contended++;
    thread->blocked = (struct tc_blocked){0};
}

void tc_apply_acquire_rare(struct tc_model *model, const struct tc_change *change) {
    unblock(change);
    if (change->info->mode == TC_MODE_COUNTED)
        acquire_counted(model, change);
    else if (change->info->mode == TC_MODE_SHARED)
        acquire_shared(model, change);
    else
        acquire_exclusive(model, change);
}

static void release_counted(struct tc_model *model, const struct tc_change *change) {
    struct tc_object *object = change->object;
    uint64_t units = change->record->arg ? change->record->arg : 1;
    if (units > INT32_MAX)
        units = INT32_MAX;
    object->units += (int64_t)units;
    tc_note_release(object, change->record);
    if (object->lock_like && object->owner == change->record->thread && units == 1) {
        end_ownership(model, object);
        return;
    }
    if (object->lock_like)
        stop_lock_like(model, object);
    tc_sync_send(change->state, object, change->record->code);
}

/* Whether a release by a thread that does not hold the lock has an effect: error-checking ones
 * refuse it, all others come free. */
static bool release_is_refused(const struct tc_object *object) {
    return object->type == TC_OBJECT_MUTEX &&
           object->attr & (TC_ATTR_ERRORCHECK | TC_ATTR_RECURSIVE | TC_ATTR_ROBUST);
}

/* A thread that does not read gives a reader's hold back: that of one that has ended, or else of
 * the only one; among several that live it cannot be told whose. */
static void end_reading(struct tc_model *model, struct tc_object *object) {
    struct tc_thread_state *reader = NULL;
    for (uint32_t i = 0; i < model->thread_count; i++) {
        struct tc_thread_state *state = &model->threads[i];
        if (find(state, object) && (!reader || (state->thread.ended && !reader->thread.ended)))
            reader = state;
    }
    if (!reader || (object->readers > 1 && !reader->thread.ended))
        object->uncertain = true;
    struct tc_held *entry = reader ? find(reader, object) : NULL;
    if (entry && entry->depth > 1) {
        entry->depth--;
        return;
    }
    if (entry)
        remove_entry(reader, entry);
    object->readers--;
}

static void release_lock(struct tc_model *model, const struct tc_change *change) {
    struct tc_object *object = change->object;
    struct tc_held *entry = find(change->state, object);
    uint32_t levels = levels_of(change);
    if (!entry) {
        if (release_is_refused(object))
            return;
        if (!(object->traits & TC_TRAIT_OWNED))
            object->attr |= TC_ATTR_HANDED_OVER;
        if (object->owner)
            end_ownership(model, object);
        else if (object->readers)
            end_reading(model, object);
    } else if (entry->depth > levels) {
        entry->depth -= levels;
        if (entry->mode == TC_MODE_EXCLUSIVE)
            object->depth -= object->depth > levels ? levels : object->depth;
        return;
    } else {
        bool shared = entry->mode == TC_MODE_SHARED;
        remove_entry(change->state, entry);
        if (shared && object->readers)
            object->readers--;
        if (!shared && object->owner == change->record->thread) {
            object->owner = 0;
            object->depth = 0;
        }
    }
    tc_note_release(object, change->record);
}

void tc_apply_release_rare(struct tc_model *model, const struct tc_change *change) {
    unblock(change);
    if (change->info->mode == TC_MODE_COUNTED) {
        release_counted(model, change);
        return;
    }
    if (change->object->traits & TC_TRAIT_PUBLISHES)
        tc_sync_send(change->state, change->object, change->record->code);
    release_lock(model, change);
}
