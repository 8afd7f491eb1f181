/* methods.c: what the watched methods of classes.def do, as events.
 *
 * What: the classes of threading.py are made of a Lock, a Condition and plain Python.  Their
 *       operations are told where they take effect: under the lock of their condition, when that is
 *       given up (locks.c) or notified; so the order in the trace is the order in which it
 * happened. Threads: with the interpreter's lock, except that what locks.c and sems.c do for them
 * may not have it.
 */
#include <errno.h>
#include <pthread.h>

#include "preload/hook.h"
#include "preload/object.h"
#include "python/wrapper.h"

static void enter_nothing(struct tc_py_wrapped_call *call) {
    (void)call;
}

static void leave_nothing(struct tc_py_wrapped_call *call) {
    (void)call;
}

static struct tc_thread *enter(struct tc_py_call_frame *frame) {
    struct tc_thread *self = tc_enter();
    if (self && !frame->stack)
        frame->stack = tc_py_stack_of(self, frame->state, frame->site);
    return self;
}

static struct tc_ref ref_of(struct tc_thread *self, const struct tc_py_call_frame *frame) {
    return tc_py_ref(self, frame->object, frame->type, frame->stack);
}

static void tell(struct tc_py_call_frame *frame, enum tc_event_code code, uint64_t arg,
                 uint32_t result) {
    struct tc_thread *self = enter(frame);
    if (!self)
        return;
    tc_event(self, code, ref_of(self, frame), frame->stack, arg, result);
    tc_leave(self);
}

/* Misuse that was refused: it must be told also in a process with one thread. */
static void tell_misuse(struct tc_py_call_frame *frame, enum tc_event_code code, uint64_t arg,
                        uint32_t result) {
    struct tc_thread *self = enter(frame);
    if (!self)
        return;
    tc_materialise(self);
    tc_event(self, code, ref_of(self, frame), frame->stack, arg, result);
    tc_leave(self);
}

static void listen(void (*const *to)(const void *), const void *object) {
    if (tc_py_listener)
        (*to)(object);
}
#define LISTEN(what, object) listen(tc_py_listener ? &tc_py_listener->what : NULL, object)

static void higher(struct tc_py_wrapped_call *call, uint8_t type, uint8_t request) {
    call->call.doing = TC_PY_HIGHER;
    call->call.type = type;
    call->call.request = request;
}

static bool has_timeout(const struct tc_py_wrapped_call *call, intptr_t position) {
    PyObject *timeout = tc_py_wrapped_argument(call, position, "timeout");
    return timeout && timeout != tc_py._Py_NoneStruct;
}

static bool is_true(const struct tc_py_wrapped_call *call) {
    return call->result == tc_py._Py_TrueStruct;
}

/* Whether the last event was recorded and the thread is waiting by it. */
static void end_wait(struct tc_py_call_frame *frame) {
    struct tc_thread *self = frame->told ? tc_enter() : NULL;
    if (!self)
        return;
    tc_wait_end(self);
    tc_leave(self);
}

/* What is made in there belongs to the object. */
static void enter_building(struct tc_py_wrapped_call *call) {
    call->call.doing = TC_PY_BUILDING;
}

/* An object that a constructor made; an __init__ of a derived class calls that of its base. */
static void made(struct tc_py_wrapped_call *call, uint8_t type, uint32_t value) {
    const struct tc_py_call_frame *outer = call->call.outer;
    bool derived = outer && outer->doing == TC_PY_BUILDING && outer->object == call->call.object;
    if (call->result && !derived)
        tc_py_made(call->call.object, type, value, call->call.site);
}

static uint32_t number(const struct tc_py_wrapped_call *call, intptr_t position, const char *name,
                       uint32_t otherwise) {
    PyObject *value = tc_py_wrapped_argument(call, position, name);
    if (!value || value->type != tc_py.PyLong_Type)
        return otherwise;
    long found = tc_py.PyLong_AsLong(value);
    return found < 0 || found > UINT32_MAX ? otherwise : (uint32_t)found;
}

/* Condition */

static void leave_condition_made(struct tc_py_wrapped_call *call) {
    made(call, TC_OBJECT_PY_CONDITION, 0);
}

static PyObject *lock_name;

void tc_py_methods_forget(void) {
    lock_name = NULL;
}

/* The lock of a condition, as far as it is one that is watched: borrowed from the condition. */
static void find_lock(struct tc_py_call_frame *frame) {
    if (!lock_name)
        lock_name = tc_py.PyUnicode_InternFromString("_lock");
    PyObject *lock = tc_py.PyObject_GetAttr((PyObject *)frame->object, lock_name);
    tc_py.PyErr_Clear();
    frame->lock = lock;
    frame->lock_type = lock ? tc_py_lock_type(lock) : 0;
    tc_py.Py_DecRef(lock);
}

static void enter_condition_wait(struct tc_py_wrapped_call *call) {
    call->call.doing = TC_PY_WAITING;
    call->call.type = TC_OBJECT_PY_CONDITION;
    call->call.timed = has_timeout(call, 0);
    find_lock(&call->call);
}

/* A wait without the lock was refused before anything happened. */
static void leave_condition_wait(struct tc_py_wrapped_call *call) {
    struct tc_py_call_frame *frame = &call->call;
    if (call->result || frame->told || !frame->lock_type ||
        !tc_py.PyErr_ExceptionMatches(tc_py_runtime_error()))
        return;
    struct tc_thread *self = enter(frame);
    if (!self)
        return;
    struct tc_ref lock = tc_py_ref(self, frame->lock, frame->lock_type, frame->stack);
    if (!tc_held_count(self, lock.id)) {
        tc_materialise(self);
        tc_event(self, TC_EV_WAIT_TIMED, ref_of(self, frame), frame->stack, lock.id, 0);
        tc_event(self, TC_EV_WOKEN, ref_of(self, frame), frame->stack, 0, EPERM);
    }
    tc_leave(self);
}

/* notify_all calls notify for all who wait. */
static void enter_notify_all(struct tc_py_wrapped_call *call) {
    higher(call, TC_OBJECT_PY_CONDITION, TC_EV_BROADCAST);
}

static bool holds_lock(struct tc_thread *self, const struct tc_py_call_frame *frame) {
    if (!frame->lock_type)
        return false;
    struct tc_ref lock = tc_py_find(self, frame->lock, frame->lock_type);
    return lock.id && tc_held_count(self, lock.id);
}

/* Of a condition that the program made itself. */
static void tell_notify(struct tc_py_wrapped_call *call, bool all) {
    struct tc_py_call_frame *frame = &call->call;
    find_lock(frame);
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    if (holds_lock(self, frame)) {
        uint32_t count = number(call, 0, "n", 1);
        frame->stack = tc_py_stack_of(self, frame->state, frame->site);
        tc_event(self, all ? TC_EV_BROADCAST : TC_EV_SIGNAL, ref_of(self, frame), frame->stack,
                 all ? 0 : count, 0);
    }
    tc_leave(self);
}

static void enter_notify(struct tc_py_wrapped_call *call) {
    struct tc_py_call_frame *frame = &call->call, *outer = frame->outer;
    frame->doing = TC_PY_NOTIFYING;
    frame->type = TC_OBJECT_PY_CONDITION;
    LISTEN(released, frame->object);
    bool all = outer && outer->doing == TC_PY_HIGHER && outer->request == TC_EV_BROADCAST &&
               outer->object == frame->object;
    const struct tc_object *known = tc_object_lookup((uintptr_t)frame->object, frame->type);
    if (!known || !(known->attr & TC_ATTR_INTERNAL)) {
        tell_notify(call, all);
        return;
    }
    struct tc_py_call_frame *owner = all ? outer->outer : outer;
    struct tc_thread *self =
        owner && owner->doing == TC_PY_HIGHER &&
                (owner->request == TC_EV_SET || owner->request == TC_EV_RELEASE_COUNTED)
            ? tc_enter()
            : NULL;
    if (!self)
        return;
    tc_py_tell_higher(self, owner, (enum tc_event_code)owner->request);
    tc_leave(self);
}

/* Event */

static void leave_event_made(struct tc_py_wrapped_call *call) {
    made(call, TC_OBJECT_PY_EVENT, 0);
}

static void enter_event_set(struct tc_py_wrapped_call *call) {
    higher(call, TC_OBJECT_PY_EVENT, TC_EV_SET);
    LISTEN(released, call->call.object);
}

static void leave_event_set(struct tc_py_wrapped_call *call) {
    if (!call->call.told && call->result)
        tell(&call->call, TC_EV_SET, 0, 0);
}

/* Told when the lock is given up again. */
static void enter_event_clear(struct tc_py_wrapped_call *call) {
    higher(call, TC_OBJECT_PY_EVENT, TC_EV_CLEAR);
}

static void enter_event_wait(struct tc_py_wrapped_call *call) {
    higher(call, TC_OBJECT_PY_EVENT, has_timeout(call, 0) ? TC_EV_WAIT_TIMED : TC_EV_WAIT);
}

static void leave_event_wait(struct tc_py_wrapped_call *call) {
    struct tc_py_call_frame *frame = &call->call;
    end_wait(frame);
    if (frame->told)
        tell(frame, TC_EV_WOKEN, 0, is_true(call) ? 0 : call->result ? ETIMEDOUT : ECANCELED);
    else if (is_true(call))
        tell(frame, TC_EV_WAIT_PASSED, 0, 0);
    if (is_true(call))
        LISTEN(acquired, frame->object);
}

/* Semaphore */

static void leave_semaphore_made(struct tc_py_wrapped_call *call) {
    made(call, TC_OBJECT_PY_SEMAPHORE, number(call, 0, "value", 1));
}

static void leave_bounded_made(struct tc_py_wrapped_call *call) {
    made(call, TC_OBJECT_PY_BOUNDED_SEMAPHORE, number(call, 0, "value", 1));
}

static uint8_t semaphore_type(const struct tc_py_wrapped_call *call) {
    const struct tc_object *bounded =
        tc_object_lookup((uintptr_t)call->call.object, TC_OBJECT_PY_BOUNDED_SEMAPHORE);
    return bounded && bounded->state == TC_OBJECT_LIVE ? TC_OBJECT_PY_BOUNDED_SEMAPHORE
                                                       : TC_OBJECT_PY_SEMAPHORE;
}

static bool tries(const struct tc_py_wrapped_call *call) {
    PyObject *blocking = tc_py_wrapped_argument(call, 0, "blocking");
    return blocking && blocking != tc_py._Py_TrueStruct;
}

static void enter_semaphore_acquire(struct tc_py_wrapped_call *call) {
    bool timed = has_timeout(call, 1);
    higher(call, semaphore_type(call), timed ? TC_EV_REQUEST_COUNTED_TIMED : TC_EV_REQUEST_COUNTED);
}

static void leave_semaphore_acquire(struct tc_py_wrapped_call *call) {
    struct tc_py_call_frame *frame = &call->call;
    bool timed = frame->request == TC_EV_REQUEST_COUNTED_TIMED;
    end_wait(frame);
    if (is_true(call)) {
        tell(frame,
             tries(call) ? TC_EV_ACQUIRE_COUNTED_TRY
             : timed     ? TC_EV_ACQUIRE_COUNTED_TIMED
                         : TC_EV_ACQUIRE_COUNTED,
             0, 0);
        LISTEN(acquired, frame->object);
    } else if (frame->told) {
        tell(frame, TC_EV_REQUEST_FAILED, 0, call->result ? ETIMEDOUT : EINTR);
    }
}

static void enter_release(struct tc_py_wrapped_call *call) {
    uint32_t count = number(call, 0, "n", 1);
    higher(call, semaphore_type(call), TC_EV_RELEASE_COUNTED);
    call->call.arg = count == 1 ? 0 : count;
    LISTEN(released, call->call.object);
}

static void enter_semaphore_release(struct tc_py_wrapped_call *call) {
    enter_release(call);
}

static void leave_semaphore_release(struct tc_py_wrapped_call *call) {
    if (call->result && !call->call.told)
        tell(&call->call, TC_EV_RELEASE_COUNTED, call->call.arg, 0);
}

static void enter_bounded_release(struct tc_py_wrapped_call *call) {
    enter_release(call);
}

static void leave_bounded_release(struct tc_py_wrapped_call *call) {
    leave_semaphore_release(call);
    if (!call->result && !call->call.told && number(call, 0, "n", 1) >= 1)
        tell_misuse(&call->call, TC_EV_RELEASE_FAILED, 0, EOVERFLOW);
}

/* Barrier */

static void leave_barrier_made(struct tc_py_wrapped_call *call) {
    made(call, TC_OBJECT_PY_BARRIER, number(call, 0, "parties", 0));
}

/* Inside, with the lock: this thread waits for the others. */
static void enter_barrier_wait(struct tc_py_wrapped_call *call) {
    bool timed = call->count > 0 && call->arguments[0] != tc_py._Py_NoneStruct;
    higher(call, TC_OBJECT_PY_BARRIER, 0);
    struct tc_thread *self = enter(&call->call);
    if (self) {
        struct tc_ref object = ref_of(self, &call->call);
        tc_event_time(self);
        tc_event(self, TC_EV_ARRIVE, object, call->call.stack, timed, 0);
        if (!timed)
            tc_wait_begin(self, TC_EV_ARRIVE, object, call->call.stack);
        tc_leave(self);
    }
    LISTEN(released, call->call.object);
}

/* Inside, with the lock: this thread was the last that was waited for. */
static void enter_barrier_last(struct tc_py_wrapped_call *call) {
    higher(call, TC_OBJECT_PY_BARRIER, 0);
    tell(&call->call, TC_EV_ARRIVE, 0, 0);
    LISTEN(released, call->call.object);
}

static void leave_barrier_left(struct tc_py_wrapped_call *call) {
    call->call.type = TC_OBJECT_PY_BARRIER;
    call->call.told = true;
    end_wait(&call->call);
    tell(&call->call, TC_EV_LEAVE, 0, call->result ? 0 : ECANCELED);
    if (call->result)
        LISTEN(acquired, call->call.object);
}

static void enter_barrier_reset(struct tc_py_wrapped_call *call) {
    call->call.type = TC_OBJECT_PY_BARRIER;
    tell(&call->call, TC_EV_RESET, 0, 0);
}

static void enter_barrier_abort(struct tc_py_wrapped_call *call) {
    call->call.type = TC_OBJECT_PY_BARRIER;
    tell(&call->call, TC_EV_RESET, 1, 0);
}

/* Thread */

/* The pthread_t of a Thread, 0: it was not started. */
static unsigned long handle_of(const struct tc_py_wrapped_call *call) {
    PyObject *ident = tc_py.PyObject_GetAttrString((PyObject *)call->call.object, "_ident");
    unsigned long handle = ident && ident->type == tc_py.PyLong_Type
                               ? (unsigned long)tc_py.PyLong_AsUnsignedLongLongMask(ident)
                               : 0;
    tc_py.Py_DecRef(ident);
    tc_py.PyErr_Clear();
    return handle;
}

static void enter_join(struct tc_py_wrapped_call *call) {
    const void *thread = call->call.object;
    higher(call, TC_OBJECT_THREAD,
           has_timeout(call, 0) ? TC_EV_THREAD_JOIN_TIMED_REQUEST : TC_EV_THREAD_JOIN_REQUEST);
    call->call.lock = thread; /* kept for the listener */
    call->call.object = (const void *)handle_of(call);
}

static bool has_ended(const struct tc_py_wrapped_call *call) {
    PyObject *thread = (PyObject *)call->call.lock;
    PyObject *method = tc_py.PyObject_GetAttrString(thread, "is_alive");
    PyObject *alive = method ? tc_py.PyObject_CallObject(method, NULL) : NULL;
    bool ended = alive == tc_py._Py_FalseStruct;
    tc_py.Py_DecRef(method);
    tc_py.Py_DecRef(alive);
    tc_py.PyErr_Clear();
    return ended;
}

/* Refused: "cannot join current thread". */
static void leave_join(struct tc_py_wrapped_call *call) {
    struct tc_py_call_frame *frame = &call->call;
    end_wait(frame);
    if (!call->result) {
        if (frame->object && frame->object == (const void *)pthread_self() &&
            tc_py.PyErr_ExceptionMatches(tc_py_runtime_error()))
            tell_misuse(frame, TC_EV_THREAD_JOIN_FAILED, 0, EDEADLK);
        else if (frame->told)
            tell(frame, TC_EV_THREAD_JOIN_FAILED, 0, EINTR);
        return;
    }
    bool ended = frame->request == TC_EV_THREAD_JOIN_REQUEST || has_ended(call);
    if (frame->object && ended)
        tell(frame, TC_EV_THREAD_JOIN, 0, 0);
    else if (frame->told)
        tell(frame, TC_EV_THREAD_JOIN_FAILED, 0, ETIMEDOUT);
    if (ended) {
        tc_py_channel(frame->lock, TC_EV_HAPPENS_AFTER, frame->stack);
        LISTEN(joined, frame->lock);
    }
}

static void enter_thread_starts(struct tc_py_wrapped_call *call) {
    LISTEN(starting, call->call.object);
}

/* The name that the program knows the thread by. */
static void name_thread(PyObject *thread) {
    char text[64];
    PyObject *name = tc_py.PyObject_GetAttrString(thread, "_name");
    tc_py.PyErr_Clear();
    struct tc_thread *self = name && tc_py_text(name, text, sizeof text) ? tc_enter() : NULL;
    tc_py.Py_DecRef(name);
    if (!self)
        return;
    tc_thread_set_name(self, tc_thread_index(self), text);
    tc_leave(self);
}

static void enter_thread_begins(struct tc_py_wrapped_call *call) {
    name_thread((PyObject *)call->call.object);
    LISTEN(started, call->call.object);
}

static void leave_thread_ends(struct tc_py_wrapped_call *call) {
    tc_py_channel(call->call.object, TC_EV_HAPPENS_BEFORE, 0);
    LISTEN(ending, call->call.object);
}

static const struct tc_py_probe probes[] = {
#define TC_PY_CLASS_METHOD(class_name, method, ENTER, LEAVE)                                       \
    {class_name, method, enter_##ENTER, leave_##LEAVE},
#include "python/classes.def"
#undef TC_PY_CLASS_METHOD
};

const struct tc_py_probe *tc_py_probe(unsigned index) {
    return index < sizeof probes / sizeof *probes ? &probes[index] : NULL;
}
