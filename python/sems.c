/* sems.c: see sems.h. */
#include "python/sems.h"

#include "preload/identity.h"
#include "preload/interpreter.h"
#include "python/frames.h"
#include "python/gil.h"
#include "python/objects.h"

#include "preload/poison.h"

enum { MARKED = 1, MADE_IN_C = 3 };

static bool uses_sems(void) {
    return tc_py_layout.minor < 14;
}

long tc_py_locked_at;

/* Behind the semaphore there are a list of weak references, and the byte. */
void tc_py_sems_probe(const void *locked, const void *unlocked) {
    const uint8_t *a = locked, *b = unlocked;
    const sem_t *sem = tc_py_at(locked, TC_PY_SEM_OF_LOCK);
    long found = 0;
    if (!uses_sems() || !sem || tc_sem_value((sem_t *)sem) != 0)
        return;
    for (long at = TC_PY_SEM_OF_LOCK + 8; at < TC_PY_SEM_OF_LOCK + 24; at++) {
        if (a[at] == b[at])
            continue;
        if (found || a[at] != 1 || b[at] != 0)
            return;
        found = at;
    }
    tc_py_locked_at = found;
}

bool tc_py_rlock_is_known;

void tc_py_rlock_probe(const void *taken_twice, const void *not_taken) {
    const struct tc_py_rlock *a = taken_twice, *b = not_taken;
    tc_py_rlock_is_known = uses_sems() && a->sem && b->sem && tc_sem_value(a->sem) == 0 &&
                           tc_sem_value(b->sem) == 1 && a->levels == 2 && b->levels == 0 &&
                           a->owner == (unsigned long)pthread_self();
}

void tc_py_sem_mark(const void *lock, bool made_in_c) {
    sem_t *sem = uses_sems() ? tc_py_at(lock, TC_PY_SEM_OF_LOCK) : NULL;
    struct tc_place place = sem ? tc_sem_place(sem) : (struct tc_place){0};
    if (!place.stash)
        return;
    place.stash->id = UINT32_MAX;
    *place.order = (uintptr_t)lock;
    uint32_t check = tc_stash_hash(sem) - (made_in_c ? MADE_IN_C : MARKED);
    __atomic_store_n(&place.stash->check, check, __ATOMIC_RELEASE);
}

bool tc_py_is_locked(const void *lock) {
    if (!uses_sems())
        return *((const uint8_t *)lock + TC_PY_SEM_OF_LOCK) & 1;
    sem_t *sem = tc_py_at(lock, TC_PY_SEM_OF_LOCK);
    return sem && tc_sem_value(sem) == 0;
}

static unsigned mark_of(sem_t *sem) {
    struct tc_place place = tc_sem_place(sem);
    if (!place.stash || place.stash->id != UINT32_MAX)
        return 0;
    uint32_t away = tc_stash_hash(sem) - place.stash->check;
    return away == MARKED || away == MADE_IN_C ? away : 0;
}

static bool is_lock(sem_t *sem) {
    return mark_of(sem) != 0;
}

/* Thread.join blocks: on a lock that the interpreter gives back when the thread ends, or, from 3.13
 * on, on a semaphore of its own. */
static bool joins(struct tc_py_call_frame *call, bool marked, struct tc_site site) {
    bool by_lock = tc_py_layout.minor < 13;
    if (!call || marked != by_lock || tc_py_gil_held())
        return false;
    if (by_lock)
        call = call->doing == TC_PY_LOCKING ? call->outer : NULL;
    if (!call || call->doing != TC_PY_HIGHER || call->type != TC_OBJECT_THREAD)
        return false;
    struct tc_thread *self = call->told ? NULL : tc_enter();
    if (!self)
        return true;
    call->stack = tc_py_stack_of(self, call->state, site);
    struct tc_ref object = tc_py_ref(self, call->object, call->type, call->stack);
    tc_event_time(self);
    tc_py_tell_higher(self, call, (enum tc_event_code)call->request);
    tc_wait_begin(self, (enum tc_event_code)call->request, object, call->stack);
    tc_leave(self);
    return true;
}

/* A method of a lock is about to block: its request is recorded, without the interpreter's lock.
 * What blocks on a semaphore of its own is a lock of 3.14, or joins a thread. */
static bool blocks(sem_t *sem, struct tc_site site) {
    struct tc_py_call_frame *call = tc_py_calls;
    bool marked = mark_of(sem) != 0;
    if (joins(call, marked, site))
        return true;
    if (!marked && (uses_sems() || !call))
        return false;
    bool lock = call && call->doing == TC_PY_LOCKING && call->type != TC_OBJECT_NONE &&
                (!uses_sems() || tc_py_at(call->object, TC_PY_SEM_OF_LOCK) == sem);
    struct tc_thread *self = lock && !call->blocked ? tc_enter() : NULL;
    if (!self)
        return true;
    call->blocked = true;
    call->stack = tc_py_stack_of(self, call->state, site);
    struct tc_ref object = tc_py_ref(self, call->object, call->type, call->stack);
    enum tc_event_code code = call->timed ? TC_EV_REQUEST_TIMED : TC_EV_REQUEST;
    if (tc_held_count(self, object.id))
        tc_materialise(self);
    tc_event_time(self);
    tc_event(self, code, object, call->stack, 0, 0);
    tc_wait_begin(self, code, object, call->stack);
    tc_leave(self);
    return true;
}

/* The interpreter releases a lock that it made for itself: that a thread ends. */
static bool posts(sem_t *sem) {
    unsigned mark = mark_of(sem);
    if (mark != MADE_IN_C)
        return mark != 0;
    const void *lock = (const void *)(uintptr_t)*tc_sem_place(sem).order;
    struct tc_thread *self = tc_enter();
    if (!self)
        return true;
    struct tc_ref object = tc_py_find(self, lock, TC_OBJECT_PY_LOCK);
    if (object.id && tc_held_count(self, object.id))
        tc_event(self, TC_EV_RELEASE, object, 0, 0, 0);
    tc_leave(self);
    return true;
}

static bool is_making(void) {
    return tc_py_calls && tc_py_calls->doing == TC_PY_MAKING;
}

void tc_py_sems_begin(void) {
    tc_interpreter.sem_is_lock = is_lock;
    tc_interpreter.sem_blocks = blocks;
    tc_interpreter.sem_posts = posts;
    tc_interpreter.sem_is_new_lock = is_making;
}
