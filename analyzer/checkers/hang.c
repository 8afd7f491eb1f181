/* hang.c: open waits of the model as a wait-for graph. */
#include "analyzer/checkers/hang.h"

#include "analyzer/checkers/support.h"

void tc_hang_note(struct tc_hang *hang, const struct tc_step *step) {
    if (step->record->code == TC_EV_HANG)
        hang->watched = true;
    else if (step->record->code == TC_EV_HANDLER_ENTER)
        hang->handlers = true;
}

const struct tc_blocked *tc_hang_wait(const struct tc_hang *hang, const struct tc_thread *thread) {
    const struct tc_blocked *interrupted = &thread->interrupted;
    if (thread->blocked.object || !thread->handler_depth || !interrupted->object)
        return &thread->blocked;
    return hang->watched || tc_waits_for_holder(interrupted) ? interrupted : &thread->blocked;
}

bool tc_waits_for_holder(const struct tc_blocked *blocked) {
    if (blocked->code == TC_EV_THREAD_JOIN_REQUEST)
        return true;
    return blocked->object && tc_is_lock(blocked->object);
}

/* Waits until this thread has gone on. */
static void needs(struct tc_hang *hang, uint32_t thread, uint32_t other) {
    tc_wait_graph_needs(hang->graph, thread - 1, other - 1);
}

/* A lock: its owner, or all of its readers, must give it up.  False: nobody is known to hold it. */
static bool needs_holders(struct tc_hang *hang, const struct tc_thread *thread,
                          const struct tc_object *lock, bool readers_too) {
    if (lock->uncertain)
        return false;
    if (lock->owner) {
        bool again = lock->owner == thread->index && (lock->traits & TC_TRAIT_RECURSIVE);
        if (lock->attr & TC_ATTR_HANDED_OVER)
            tc_wait_graph_needs_any(hang->graph, thread->index - 1); /* used as a signal */
        else if (!again)
            needs(hang, thread->index, lock->owner);
        return !again;
    }
    if (!lock->readers && !lock->acquisitions &&
        (lock->type == TC_OBJECT_SPIN || (lock->attr & TC_ATTR_HELD_WHEN_SEEN))) {
        /* Locked since before it was first seen: whoever is left could release it. */
        tc_wait_graph_needs_any(hang->graph, thread->index - 1);
        return true;
    }
    if (!readers_too || !lock->readers)
        return false;
    uint32_t count = tc_model_thread_count(hang->model);
    bool found = false;
    for (uint32_t i = 1; i <= count; i++) {
        struct tc_thread *other = tc_model_thread(hang->model, i);
        if (other && tc_thread_holds(other, lock)) {
            needs(hang, thread->index, i);
            found = true;
        }
    }
    return found;
}

/* A read lock that waits behind writers that wait. */
static bool needs_writers(struct tc_hang *hang, const struct tc_thread *thread,
                          const struct tc_object *lock) {
    if (!(lock->attr & TC_ATTR_PREFER_WRITER) || !lock->readers)
        return false;
    uint32_t count = tc_model_thread_count(hang->model);
    bool found = false;
    for (uint32_t i = 1; i <= count; i++) {
        struct tc_thread *other = tc_model_thread(hang->model, i);
        const struct tc_event_info *info = other ? &tc_event_table[other->blocked.code] : NULL;
        if (other && other->blocked.object == lock && info->mode == TC_MODE_EXCLUSIVE &&
            !(info->flags & TC_FLAG_TIMED)) {
            needs(hang, thread->index, i);
            found = true;
        }
    }
    return found;
}

/* A condition: a thread that was sent a wake-up is back at its lock. */
static bool needs_wake_up(struct tc_hang *hang, const struct tc_thread *thread,
                          const struct tc_blocked *blocked) {
    const struct tc_object *object = blocked->object;
    const struct tc_wake *state = tc_wake_find(hang->wakes, object->id);
    if (tc_shared_outside(object) || (state && state->set))
        return false;
    if (state && state->woken) { /* of a futex, too: it is on its way */
        const struct tc_object *lock = object->traits & TC_TRAIT_COND ? blocked->lock : NULL;
        return lock && needs_holders(hang, thread, lock, true);
    }
    if (state && (object->traits & TC_TRAIT_PHASED) && (!state->arrived || state->timed))
        return false; /* its round is full and it is on its way out, or time will break it */
    tc_wait_graph_needs_any(hang->graph, thread->index - 1);
    return true;
}

static bool needs_unit(struct tc_hang *hang, const struct tc_thread *thread,
                       const struct tc_object *object) {
    bool known = !(object->attr & TC_ATTR_NO_INIT_SEEN);
    if (tc_shared_outside(object) || (known && object->units > 0))
        return false;
    if (hang->handlers && !hang->watched)
        return false; /* a handler may post it */
    if (object->lock_like && hang->watched && needs_holders(hang, thread, object, true))
        return true;
    tc_wait_graph_needs_any(hang->graph, thread->index - 1);
    return true;
}

/* A wait on an object of Python's is told before the interpreter's lock is given up: until that is
 * done the thread runs. */
static bool is_on_its_way(const struct tc_thread *thread, const struct tc_blocked *blocked) {
    if (!(blocked->object->attr & TC_ATTR_PYTHON) || blocked->object->type == TC_OBJECT_GIL)
        return false;
    for (uint32_t i = 0; i < thread->held.count; i++) {
        const struct tc_object *held = thread->held.entries[i].object;
        if (held->type == TC_OBJECT_GIL && held->attr & TC_ATTR_PYTHON)
            return true;
    }
    return false;
}

/* Enters what the thread waits for; nothing when it may go on by itself. */
static void enter_wait(struct tc_hang *hang, const struct tc_thread *thread) {
    const struct tc_blocked *blocked = tc_hang_wait(hang, thread);
    const struct tc_event_info *info = &tc_event_table[blocked->code];
    if (!blocked->object || (info->flags & TC_FLAG_TIMED) || thread->uncertain ||
        is_on_its_way(thread, blocked))
        return;
    if (blocked->code == TC_EV_THREAD_JOIN_REQUEST) {
        struct tc_thread *target = blocked->object->subject
                                       ? tc_model_thread(hang->model, blocked->object->subject)
                                       : NULL;
        if (target && !target->ended && !target->failed)
            needs(hang, thread->index, target->index);
    } else if (blocked->object->traits & TC_TRAIT_COUNTED) {
        needs_unit(hang, thread, blocked->object);
    } else if (tc_is_lock(blocked->object)) {
        if (tc_shared_outside(blocked->object) && !blocked->object->owner)
            return;
        if (info->mode != TC_MODE_SHARED)
            needs_holders(hang, thread, blocked->object, true);
        else if (!needs_holders(hang, thread, blocked->object, false))
            needs_writers(hang, thread, blocked->object);
    } else {
        needs_wake_up(hang, thread, blocked);
    }
}

void tc_hang_solve(struct tc_hang *hang) {
    uint32_t count = tc_model_thread_count(hang->model);
    /* One node more than threads: somebody whom the shim never saw, where there are such. */
    hang->graph = tc_wait_graph_new(count + 1);
    bool strangers = false;
    for (uint32_t i = 1; i <= count; i++) {
        struct tc_thread *thread = tc_model_thread(hang->model, i);
        if (!thread || thread->ended || thread->failed) {
            tc_wait_graph_gone(hang->graph, i - 1);
            continue;
        }
        strangers |= !thread->parent && !thread->main;
        enter_wait(hang, thread);
    }
    if (!strangers || hang->watched)
        tc_wait_graph_gone(hang->graph, count);
    tc_wait_graph_solve(hang->graph);
}

bool tc_hang_stuck(const struct tc_hang *hang, uint32_t thread) {
    return tc_wait_graph_stuck(hang->graph, thread - 1);
}
