/* objects.c: Python objects as the trace knows them; see objects.h. */
#include "python/objects.h"

#include <string.h>

#include "preload/hook.h"
#include "preload/identity.h"
#include "preload/sys.h"
#include "python/frames.h"
#include "python/sems.h"

#include "preload/poison.h"

static bool is_lock(uint8_t type) {
    return type == TC_OBJECT_PY_LOCK || type == TC_OBJECT_PY_RLOCK;
}

static bool is_building(void) {
    for (const struct tc_py_call_frame *call = tc_py_calls; call; call = call->outer)
        if (call->doing == TC_PY_BUILDING)
            return true;
    return false;
}

/* Made by the workings of a library: by its classes, or by code of it that is not just the function
 * that makes such objects for everybody. */
static bool is_internal(const struct tc_py_frame *frames, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        enum tc_py_whose whose = tc_py_code_whose(frames[i].code);
        if (whose != TC_PY_OF_THREADING)
            return whose == TC_PY_OF_LIBRARY;
    }
    return true;
}

struct tc_ref tc_py_find(struct tc_thread *self, const void *object, uint8_t type) {
    struct tc_object **near = tc_cache_entry(self, (uintptr_t)object, type);
    struct tc_object *known = *near;
    /* What was there before may be remembered still, and something new be there since. */
    if (!known || known->address != (uintptr_t)object || known->type != type ||
        known->state != TC_OBJECT_LIVE)
        known = tc_object_lookup((uintptr_t)object, type);
    if (!known || known->state != TC_OBJECT_LIVE)
        return (struct tc_ref){0};
    *near = known;
    return (struct tc_ref){known->id, known->attr, tc_object_order(known)};
}

struct tc_ref tc_py_ref(struct tc_thread *self, const void *object, uint8_t type, uint32_t stack) {
    if (type == TC_OBJECT_THREAD)
        return tc_object_find(object, type);
    struct tc_ref found = tc_py_find(self, object, type);
    if (found.id)
        return found;
    if (type == TC_OBJECT_GIL)
        return tc_object_first(self, object, type, TC_ATTR_PYTHON, stack);
    struct tc_py_frame frames[TC_PY_FRAMES];
    unsigned count = tc_py_walk(tc_py_running(), frames, TC_PY_FRAMES);
    uint32_t attr = TC_ATTR_PYTHON | (is_internal(frames, count) ? TC_ATTR_INTERNAL : 0);
    if (is_lock(type)) {
        tc_py_sem_mark(object, true);
        tc_py_watch_type((PyObject *)object, type);
    }
    return tc_object_first(self, object, type, attr, stack);
}

void tc_py_gone(const void *object, uint8_t type) {
    if (tc_py_listener)
        tc_py_listener->gone(object);
    if (tc_py_is_ending()) /* everything goes then, whatever state it is in */
        return;
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    struct tc_ref known = tc_py_find(self, object, type);
    /* What another thread released since is still in this one's list. */
    bool locked = known.id && is_lock(type) && tc_py_is_locked(object);
    uint32_t held = locked ? tc_held_count(self, known.id) : 0;
    if (type == TC_OBJECT_PY_LOCK && held)
        held = 1;
    while (held--)
        tc_event(self, TC_EV_RELEASE, known, 0, 0, 0);
    if (known.id)
        tc_object_destroy(self, (void *)object, type, 0);
    tc_leave(self);
}

/* Nothing tells when an object of a Python class is collected, nor a lock of another interpreter
 * always, but that the memory is used anew. */
static void collected(const void *object, uint8_t type) {
    uint8_t other = type == TC_OBJECT_PY_SEMAPHORE           ? TC_OBJECT_PY_BOUNDED_SEMAPHORE
                    : type == TC_OBJECT_PY_BOUNDED_SEMAPHORE ? TC_OBJECT_PY_SEMAPHORE
                                                             : type;
    tc_py_gone(object, type);
    if (other != type)
        tc_py_gone(object, other);
}

/* The lock that a Condition makes for itself is not the condition: cond and cond._lock. */
static bool is_of_condition(const struct tc_py_frame *frames, unsigned count) {
    char name[16] = "";
    for (unsigned i = 0; i < count; i++) {
        if (tc_py_code_whose(frames[i].code) != TC_PY_OF_THREADING)
            break;
        tc_py_text(tc_py_at(frames[i].code, tc_py_layout.name), name, sizeof name);
    }
    return strcmp(name, "__init__") == 0;
}

/* What the program calls it, NULL: nothing.  The text holds until the next call. */
static const char *name_of(const struct tc_py_frame *frames, unsigned count, uint8_t type) {
    static char name[160];
    const char *found = tc_py_name_of_new(frames, count);
    if (!found || !is_lock(type) || !is_of_condition(frames, count))
        return found;
    struct tc_text out = tc_text_begin(name, sizeof name);
    tc_text_add(&out, found);
    tc_text_add(&out, "._lock");
    return name;
}

void tc_py_made(const void *object, uint8_t type, uint32_t value, struct tc_site site) {
    collected(object, type);
    if (is_lock(type)) {
        tc_py_sem_mark(object, false);
        tc_py_watch_type((PyObject *)object, type);
    }
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    struct tc_py_frame frames[TC_PY_FRAMES];
    unsigned count = tc_py_walk(tc_py_running(), frames, TC_PY_FRAMES);
    bool internal = is_building() || is_internal(frames, count);
    uint32_t stack = tc_py_stack(self, site);
    struct tc_ref made =
        tc_object_init(self, (void *)object, type,
                       TC_ATTR_PYTHON | (internal ? TC_ATTR_INTERNAL : 0), value, stack);
    const char *name = internal ? NULL : name_of(frames, count, type);
    if (name)
        tc_object_set_name(self, made, name);
    tc_leave(self);
}

void tc_py_renewed(const void *object, uint8_t type, struct tc_site site) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    struct tc_ref before = tc_py_find(self, object, type);
    const struct tc_object *known = tc_object_by_id(before.id);
    const char *name = known ? known->name : NULL;
    uint32_t kept = TC_ATTR_PYTHON | TC_ATTR_INTERNAL;
    uint32_t attr = known ? known->attr & kept : kept;
    uint32_t stack = known ? known->stack : tc_py_stack(self, site);
    uint32_t held = before.id ? tc_held_count(self, before.id) : 0;
    while (held--)
        tc_event(self, TC_EV_RELEASE, before, 0, 0, 0);
    if (before.id)
        tc_object_destroy(self, (void *)object, type, 0);
    struct tc_ref made = tc_object_init(self, (void *)object, type, attr, 0, stack);
    if (name)
        tc_object_set_name(self, made, name);
    tc_leave(self);
}

void tc_py_tell_higher(struct tc_thread *self, struct tc_py_call_frame *call,
                       enum tc_event_code code) {
    if (call->told)
        return;
    call->told = true;
    if (!call->stack)
        call->stack = tc_py_stack_of(self, call->state, call->site);
    tc_event(self, code, tc_py_ref(self, call->object, call->type, call->stack), call->stack,
             call->arg, 0);
}

struct tc_py_call_frame *tc_py_owner_of_wait(const struct tc_py_call_frame *wait) {
    struct tc_py_call_frame *outer = wait->outer;
    if (!outer || outer->doing != TC_PY_HIGHER)
        return NULL;
    const struct tc_object *known = tc_object_lookup((uintptr_t)wait->object, wait->type);
    return known && known->attr & TC_ATTR_INTERNAL ? outer : NULL;
}
