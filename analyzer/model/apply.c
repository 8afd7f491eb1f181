/* apply.c: what records other than acquires and releases do to the model.
 *
 * What: life of objects and threads, blocking, handlers, annotations, and losses.  Clocks are
 *       sync.c, held sets held.c.
 */
#include "analyzer/model/state.h"

static struct tc_thread *subject_of(const struct tc_model *model, const struct tc_object *object) {
    return object ? tc_model_thread(model, object->subject) : NULL;
}

static void block(struct tc_model *model, const struct tc_change *change) {
    const struct tc_record *record = change->record;
    struct tc_thread *thread = &change->state->thread;
    thread->blocked = (struct tc_blocked){.object = change->object,
                                          .code = record->code,
                                          .stack = record->stack,
                                          .time = record->time,
                                          .number = record->number};
    bool told = record->code == TC_EV_STILL_WAITING || record->code == TC_EV_STILL_WAITING_TIMED;
    if (record->code != TC_EV_WAIT && record->code != TC_EV_WAIT_TIMED && !told)
        return;
    if (record->arg && record->arg <= UINT32_MAX)
        thread->blocked.lock = tc_model_touch(model, (uint32_t)record->arg);
    if (!told)
        tc_sync_wait(change->state, change->object);
}

static void unblock(const struct tc_change *change) {
    change->state->thread.blocked = (struct tc_blocked){0};
}

static void create(const struct tc_change *change) {
    struct tc_object *object = change->object;
    if (!change->record->arg)
        return;
    object->value = (uint32_t)change->record->arg;
    object->units = (int64_t)change->record->arg;
}

static void destroy(struct tc_model *model, const struct tc_change *change) {
    struct tc_object *object = change->object;
    object->destroyed = true;
    object->freed = change->info->flags & TC_FLAG_FREED;
    object->destroy_thread = change->record->thread;
    object->destroy_stack = change->record->stack;
    tc_held_clear(model, object);
    tc_sync_free(object);
}

static void send(struct tc_model *model, const struct tc_change *change) {
    struct tc_thread *thread = &change->state->thread;
    struct tc_thread *subject = subject_of(model, change->object);
    tc_sync_send(change->state, change->object, change->record->code);
    if (change->record->code == TC_EV_THREAD_CREATE && subject && !subject->started)
        subject->joined = subject->detached = subject->ended = false; /* it may be made again */
    if (change->record->code == TC_EV_ARRIVE)
        block(model, change);
    if (change->record->code == TC_EV_THREAD_EXIT) {
        thread->ended = true;
        thread->blocked = (struct tc_blocked){0};
    }
}

static void receive(struct tc_model *model, const struct tc_change *change) {
    struct tc_thread *subject = subject_of(model, change->object);
    tc_sync_receive(change->state, change->object, change->record->code, change->record->result);
    unblock(change);
    if (change->record->code == TC_EV_THREAD_START)
        change->state->thread.started = true;
    if (change->record->code == TC_EV_THREAD_JOIN && subject) {
        subject->joined = true;
        subject->ended |= !subject->started; /* compact recording left out what it did */
        tc_sync_free(change->object);
    }
}

/* A handler may block on its own; what it interrupted goes on after it. */
static void enter_handler(struct tc_thread_state *state) {
    if (state->thread.handler_depth++ == 0) {
        state->thread.interrupted = state->thread.blocked;
        state->thread.blocked = (struct tc_blocked){0};
    }
    state->thread.version++;
}

static void leave_handler(struct tc_thread_state *state) {
    if (state->thread.handler_depth && --state->thread.handler_depth == 0)
        state->thread.blocked = state->thread.interrupted;
    state->thread.version++;
}

/* Compact recording counted events of the object instead of keeping them. */
static void leave_out(const struct tc_change *change) {
    struct tc_object *object = change->object;
    if (!object)
        return;
    if (change->record->result)
        object->uncertain = true;
    else
        object->acquisitions += change->record->arg;
}

/* Records that have no effect on objects. */
static void plain(struct tc_model *model, const struct tc_change *change) {
    struct tc_thread_state *state = change->state;
    struct tc_thread *thread = &state->thread;
    struct tc_thread *subject = subject_of(model, change->object);
    switch (change->record->code) {
    case TC_EV_THREAD_DETACH:
        if (subject && !change->record->result)
            subject->detached = true;
        break;
    case TC_EV_THREAD_CREATE_FAILED:
        if (subject)
            subject->failed = subject->ended = true;
        break;
    case TC_EV_THREAD_JOIN_FAILED:
    case TC_EV_REQUEST_FAILED:
        unblock(change);
        break;
    case TC_EV_REINIT:
        if (!change->object)
            break;
        tc_held_clear(model, change->object);
        change->object->replaced_by =
            change->record->arg <= UINT32_MAX ? (uint32_t)change->record->arg : 0;
        break;
    case TC_EV_OMITTED:
        leave_out(change);
        break;
    case TC_EV_RESET:
        if (change->object)
            tc_sync_reset(change->object);
        break;
    case TC_EV_IGNORE_BEGIN:
        thread->ignore_depth++;
        break;
    case TC_EV_IGNORE_END:
        thread->ignore_depth -= thread->ignore_depth > 0;
        break;
    case TC_EV_HANDLER_ENTER:
        enter_handler(state);
        break;
    case TC_EV_HANDLER_LEAVE:
        leave_handler(state);
        break;
    case TC_EV_LOCK_ORDER: /* what was fine so far may no longer be */
    case TC_EV_SIGNAL_ACTION:
        for (uint32_t i = 0; i < model->thread_count; i++)
            model->threads[i].thread.version++;
        break;
    case TC_EV_SIGNAL_MASK:
        thread->blocked_signals = change->record->arg;
        thread->version++;
        break;
    default: /* facts for checkers only */
        break;
    }
}

void tc_apply_other(struct tc_model *model, const struct tc_change *change) {
    enum tc_effect effect = (enum tc_effect)change->info->effect;
    if (!change->object && effect != TC_EFFECT_NONE)
        return;
    switch (effect) {
    case TC_EFFECT_CREATE:
        create(change);
        break;
    case TC_EFFECT_DESTROY:
        destroy(model, change);
        break;
    case TC_EFFECT_REQUEST:
        block(model, change);
        break;
    case TC_EFFECT_SEND:
        send(model, change);
        break;
    case TC_EFFECT_RECEIVE:
        receive(model, change);
        break;
    case TC_EFFECT_NONE:
        plain(model, change);
        break;
    case TC_EFFECT_ACQUIRE: /* held.c */
    case TC_EFFECT_RELEASE:
    case TC_EFFECT_READ: /* data races: not in this version */
    case TC_EFFECT_WRITE:
    case TC_EFFECT_COUNT:
        break;
    }
}

/* Orders of a lock that only its maker knew, who had told nobody, did not matter.  If the maker
 * takes it in the same way again they do, so those are no repeats. */
static void note_shared(const struct tc_object *object, struct tc_thread *maker) {
    bool could_be_private = !(object->attr & TC_ATTR_NO_INIT_SEEN) || object->attr & TC_ATTR_FRESH;
    if (could_be_private && object->acquisitions &&
        object->first_clock == tc_clock_get(maker->clock, maker->index))
        maker->version++;
}

void tc_apply_user(struct tc_model *model, struct tc_object *object, uint32_t thread) {
    struct tc_thread *first = tc_model_thread(model, object->users ? object->first_user : thread);
    if (object->users++) {
        note_shared(object, first);
        return;
    }
    object->first_user = thread;
    object->first_clock = tc_clock_get(first->clock, thread);
}

void tc_apply_lost(struct tc_model *model, struct tc_thread_state *state, uint64_t count) {
    tc_held_forget(model, state);
    state->thread.blocked = (struct tc_blocked){0};
    state->thread.uncertain = true;
    state->thread.version++;
    if (__builtin_add_overflow(model->lost_here, count, &model->lost_here))
        model->lost_here = UINT64_MAX;
    if (model->lost_here > model->process.lost)
        model->process.lost = model->lost_here;
    model->process.complete = false;
    model->process.holes |= count == 0;
}
