/* locks.c: Lock and RLock; see objects.h.
 *
 * What: the C methods of both types, each with a forwarder in its place that records what the
 * method does.  One forwarder serves every calling convention, as all arguments are passed on. The
 * short way: a lock that is free, outside of any other operation, costs a walk over the frames and
 * a byte in the trace.  A lock that has to be waited for tells by its semaphore (sem.c).
 */
#include <errno.h>
#include <string.h>

#include "preload/hot.h"
#include "preload/object.h"
#include "python/frames.h"
#include "python/objects.h"
#include "python/patch.h"
#include "python/sems.h"

#include "preload/enter.h"
#include "preload/poison.h"

__thread struct tc_py_call_frame *tc_py_calls __attribute__((tls_model("initial-exec")));
const struct tc_py_listener *tc_py_listener;

#define INLINE static inline __attribute__((always_inline))

static struct tc_py_slot slots[TC_PY_SLOTS];

/* Whether a call may block and for how long, by its arguments as the method will read them. */
enum manner { BLOCKS, TIMED, TRIES };

static bool is_integer(const PyObject *object) {
    return object->type == tc_py.PyLong_Type || object->type == tc_py.PyBool_Type;
}

/* Objects of other types are not asked: that could run code of the program. */
static bool is_false(PyObject *object) {
    return !is_integer(object) || tc_py.PyLong_AsLong(object) == 0;
}

static bool is_for_ever(PyObject *timeout) {
    if (is_integer(timeout))
        return tc_py.PyLong_AsLong(timeout) == -1;
    return timeout->type == tc_py.PyFloat_Type && tc_py.PyFloat_AsDouble(timeout) == -1.0;
}

static TC_COLD enum manner manner_of(const struct tc_py_slot *slot, const struct tc_py_args *args) {
    PyObject *blocking = tc_py_argument(slot, args, 0, "blocking");
    PyObject *timeout = tc_py_argument(slot, args, 1, "timeout");
    if (blocking && is_false(blocking))
        return TRIES;
    return timeout && !is_for_ever(timeout) ? TIMED : BLOCKS;
}

static const uint8_t acquires[] = {TC_EV_ACQUIRE, TC_EV_ACQUIRE_TIMED, TC_EV_ACQUIRE_TRY};

static void tell_acquired(const void *object) {
    if (TC_UNLIKELY(tc_py_listener != NULL))
        tc_py_listener->acquired(object);
}

static void tell_released(const void *object) {
    if (TC_UNLIKELY(tc_py_listener != NULL))
        tc_py_listener->released(object);
}

/* Whether the method says that it has the lock: True, or not False where it gives something else
 * (RLock's __enter__ of a subclass never comes here). */
static bool got(const PyObject *result) {
    return result && result != tc_py._Py_FalseStruct;
}

static TC_COLD void acquired_slow(const struct tc_py_call_frame *call, uint8_t code, uint64_t arg) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    uint32_t stack = tc_py_stack_of(self, call->state, call->site);
    tc_event(self, (enum tc_event_code)code, tc_py_ref(self, call->object, call->type, stack),
             stack, arg, 0);
    tc_leave(self);
}

/* What came of a call that had to wait, or that did not give the lock. */
static TC_COLD void acquire_ended(const struct tc_py_call_frame *call, uint8_t code, bool success,
                                  bool raised) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    uint32_t stack = call->stack;
    struct tc_ref object = tc_py_ref(self, call->object, call->type, stack);
    tc_wait_end(self);
    if (success)
        tc_event(self, (enum tc_event_code)code, object, stack, 0, 0);
    else
        tc_event(self, TC_EV_REQUEST_FAILED, object, stack, 0, raised ? EINTR : ETIMEDOUT);
    tc_leave(self);
}

/* The end of a wait: before its lock is taken again.  That of a higher operation ends with it. */
static void end_wait(struct tc_py_call_frame *wait) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    tc_wait_end(self);
    if (!tc_py_owner_of_wait(wait)) {
        struct tc_ref object = tc_py_ref(self, wait->object, wait->type, wait->stack);
        tc_event(self, TC_EV_WOKEN, object, wait->stack, 0, wait->got ? 0 : ETIMEDOUT);
    }
    tc_leave(self);
    if (wait->got)
        tell_acquired(wait->object);
}

/* An acquire in the midst of another operation. */
static TC_COLD PyObject *acquire_within(const struct tc_py_slot *slot,
                                        struct tc_py_call_frame *call,
                                        const struct tc_py_args *args) {
    struct tc_py_call_frame *outer = call->outer;
    bool waits = outer && outer->doing == TC_PY_WAITING;
    bool again = waits && call->object == outer->lock && outer->told;
    if (waits && call->object == outer->waiter)
        call->type = TC_OBJECT_NONE;
    if (again)
        end_wait(outer);
    enum manner manner = manner_of(slot, args);
    call->timed = manner == TIMED;
    tc_py_calls = call;
    PyObject *result = tc_py_forward(slot, args);
    tc_py_calls = call->outer;
    if (call->type == TC_OBJECT_NONE) {
        outer->got = got(result);
        return result;
    }
    uint8_t code = again ? TC_EV_ACQUIRE_WAIT : acquires[manner];
    if (call->blocked)
        acquire_ended(call, code, got(result), !result);
    else if (got(result))
        acquired_slow(call, code, 0);
    if (got(result))
        tell_acquired(call->object);
    return result;
}

/* Without the detour through the method, which would do the same; false: nothing was done. */
INLINE bool take(uint8_t type, void *object) {
    return type == TC_OBJECT_PY_LOCK ? tc_py_lock_take(object) : tc_py_rlock_take(object);
}

INLINE bool give(uint8_t type, void *object) {
    return type == TC_OBJECT_PY_LOCK ? tc_py_lock_give(object) : tc_py_rlock_give(object);
}

INLINE PyObject *acquire(struct tc_py_slot *slot, uint8_t type, const struct tc_py_args *args,
                         struct tc_site site) {
    struct tc_py_call_frame call = {.outer = tc_py_calls,
                                    .object = args->all[0],
                                    .state = tc_py_running(),
                                    .doing = TC_PY_LOCKING,
                                    .type = type,
                                    .site = site};
    if (TC_UNLIKELY(call.outer != NULL))
        return acquire_within(slot, &call, args);
    bool plain = tc_py_no_arguments(slot, args);
    PyObject *result;
    if (TC_LIKELY(plain && take(type, args->all[0]))) {
        result = tc_py_add_reference(tc_py._Py_TrueStruct);
    } else {
        tc_py_calls = &call;
        result = tc_py_forward(slot, args);
        tc_py_calls = NULL;
    }
    uint8_t code = plain ? TC_EV_ACQUIRE : acquires[manner_of(slot, args)];
    if (TC_UNLIKELY(call.blocked || !got(result))) {
        if (call.blocked)
            acquire_ended(&call, code, got(result), !result);
        if (got(result))
            tell_acquired(call.object);
        return result;
    }
    struct tc_thread *self = tc_active();
    if (TC_LIKELY(self && self->index)) {
        struct tc_hot hot = tc_hot_object(self, call.object, type);
        uint32_t stack = hot.id ? tc_py_stack_known(call.state) : 0;
        if (TC_UNLIKELY(!stack || !tc_hot_repeat(self, hot.id, hot.order, stack, code,
                                                 TC_HOT_EXCLUSIVE, site.cfa)))
            acquired_slow(&call, code, 0);
    } else {
        acquired_slow(&call, code, 0);
    }
    tell_acquired(call.object);
    return result;
}

/* Records that a wait begins and gives up its lock, while the lock is held. */
static void begin_wait(struct tc_thread *self, struct tc_py_call_frame *wait, struct tc_ref lock,
                       uint64_t levels) {
    struct tc_py_call_frame *owner = tc_py_owner_of_wait(wait);
    wait->stack = tc_py_stack_of(self, wait->state, wait->site);
    wait->told = true;
    if (owner) {
        if (owner->request && !owner->told) {
            owner->stack = wait->stack;
            struct tc_ref object = tc_py_ref(self, owner->object, owner->type, wait->stack);
            tc_event_time(self);
            tc_event(self, (enum tc_event_code)owner->request, object, wait->stack, owner->arg, 0);
            tc_wait_begin(self, (enum tc_event_code)owner->request, object, wait->stack);
            owner->told = true;
        }
        tc_event(self, TC_EV_RELEASE, lock, wait->stack, 0, 0);
        return;
    }
    enum tc_event_code code = wait->timed ? TC_EV_WAIT_TIMED : TC_EV_WAIT;
    struct tc_ref object = tc_py_ref(self, wait->object, wait->type, wait->stack);
    tc_event_time(self);
    tc_event(self, code, object, wait->stack, lock.id, 0);
    tc_event(self, TC_EV_RELEASE_WAIT, lock, wait->stack, levels, 0);
    tc_wait_begin(self, code, object, wait->stack);
}

/* A Lock that another thread releases than acquired it is a signal: whoever waits for it does not
 * wait for its holder. */
static void note_hand_over(struct tc_ref object) {
    struct tc_object *lock = tc_object_by_id(object.id);
    if (lock)
        __atomic_or_fetch(&lock->attr, TC_ATTR_HANDED_OVER, __ATOMIC_RELAXED);
}

static void release_refused(const struct tc_py_call_frame *call, bool held_by_other) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    uint32_t stack = tc_py_stack_of(self, call->state, call->site);
    struct tc_ref object = tc_py_ref(self, call->object, call->type, stack);
    tc_materialise(self);
    tc_event(self, TC_EV_RELEASE_FAILED, object, stack, held_by_other ? 2 : 1, EPERM);
    tc_leave(self);
}

/* Records a release before it happens, if it will; false: it will not, as far as can be seen. */
static bool record_release(struct tc_py_call_frame *call, struct tc_thread *self) {
    uint32_t stack = 0;
    struct tc_ref object = tc_py_ref(self, call->object, call->type, 0);
    if (!tc_held_count(self, object.id)) {
        stack = tc_py_stack_of(self, call->state, call->site);
        if (call->type == TC_OBJECT_PY_RLOCK || !tc_py_is_locked(call->object))
            return false;
        note_hand_over(object);
    }
    tc_event(self, TC_EV_RELEASE, object, stack, 0, 0);
    return true;
}

static TC_COLD PyObject *release_within(const struct tc_py_slot *slot,
                                        struct tc_py_call_frame *call,
                                        const struct tc_py_args *args) {
    struct tc_py_call_frame *outer = call->outer;
    bool recorded = true;
    struct tc_thread *self = tc_enter();
    if (self) {
        if (outer && outer->doing == TC_PY_WAITING && call->object == outer->lock && !outer->told) {
            begin_wait(self, outer, tc_py_ref(self, call->object, call->type, 0), 0);
        } else if (outer && outer->doing == TC_PY_NOTIFYING &&
                   !tc_py_find(self, call->object, call->type).id) {
            call->type = TC_OBJECT_NONE; /* a waiter's own */
        } else {
            if (outer && outer->doing == TC_PY_HIGHER && outer->request == TC_EV_CLEAR)
                tc_py_tell_higher(self, outer, TC_EV_CLEAR);
            recorded = record_release(call, self);
        }
        tc_leave(self);
    }
    if (call->type != TC_OBJECT_NONE)
        tell_released(call->object);
    bool held_by_other = tc_py_is_locked(call->object);
    PyObject *result = tc_py_forward(slot, args);
    if (!result && self && !recorded)
        release_refused(call, held_by_other);
    return result;
}

INLINE PyObject *release(struct tc_py_slot *slot, uint8_t type, const struct tc_py_args *args,
                         struct tc_site site) {
    const void *object = args->all[0];
    struct tc_thread *self = tc_active();
    if (TC_LIKELY(self && self->index && !tc_py_calls)) {
        struct tc_hot hot = tc_hot_object(self, object, type);
        if (TC_LIKELY(hot.id &&
                      tc_hot_release(self, hot.id, hot.order, TC_HOT_EXCLUSIVE, site.cfa))) {
            tell_released(object);
            if (give(type, args->all[0]))
                return tc_py_add_reference(tc_py._Py_NoneStruct);
            return tc_py_forward(slot, args);
        }
    }
    struct tc_py_call_frame call = {.outer = tc_py_calls,
                                    .object = object,
                                    .state = tc_py_running(),
                                    .doing = TC_PY_LOCKING,
                                    .type = type,
                                    .site = site};
    return release_within(slot, &call, args);
}

/* RLock._release_save, which a condition's wait calls: gives up all levels. */
static PyObject *release_all(const struct tc_py_slot *slot, const struct tc_py_args *args,
                             struct tc_site site) {
    struct tc_py_call_frame *outer = tc_py_calls;
    const void *object = args->all[0];
    struct tc_thread *self = tc_enter();
    if (self) {
        struct tc_ref lock = tc_py_ref(self, object, TC_OBJECT_PY_RLOCK, 0);
        uint32_t levels = tc_held_count(self, lock.id);
        bool waits = outer && outer->doing == TC_PY_WAITING && outer->lock == object;
        if (waits && levels)
            begin_wait(self, outer, lock, levels);
        else if (levels)
            tc_event(self, TC_EV_RELEASE_WAIT, lock, tc_py_stack(self, site), levels, 0);
        if (outer && waits)
            outer->arg = levels;
        tc_leave(self);
    }
    tell_released(object);
    return tc_py_forward(slot, args);
}

/* RLock._acquire_restore: takes them again.  Its argument is (levels, owner). */
static PyObject *acquire_all(const struct tc_py_slot *slot, const struct tc_py_args *args,
                             struct tc_site site) {
    struct tc_py_call_frame call = {.outer = tc_py_calls,
                                    .object = args->all[0],
                                    .state = tc_py_running(),
                                    .doing = TC_PY_LOCKING,
                                    .type = TC_OBJECT_PY_RLOCK,
                                    .site = site};
    struct tc_py_call_frame *outer = call.outer;
    bool waits = outer && outer->doing == TC_PY_WAITING && outer->lock == call.object;
    uint64_t levels = waits ? outer->arg : 1;
    if (waits && outer->told)
        end_wait(outer);
    tc_py_calls = &call;
    PyObject *result = tc_py_forward(slot, args);
    tc_py_calls = outer;
    if (call.blocked) {
        struct tc_thread *self = tc_enter();
        if (self) {
            tc_wait_end(self);
            tc_leave(self);
        }
    }
    if (result)
        acquired_slow(&call, TC_EV_ACQUIRE_WAIT, levels);
    if (result)
        tell_acquired(call.object);
    return result;
}

/* _at_fork_reinit: in a forked child, a lock is made free without being released. */
static PyObject *made_free(const struct tc_py_slot *slot, uint8_t type,
                           const struct tc_py_args *args, struct tc_site site) {
    PyObject *result = tc_py_forward(slot, args);
    tc_py_renewed(args->all[0], type, site);
    return result;
}

/* The forwarders: one for each method, as each has its own original. */
#define ARGS()                                                                                     \
    {                                                                                              \
        { a, b, c, d, e }                                                                          \
    }
#define FORWARDER(number, ...)                                                                     \
    static PyObject *forward_##number(void *a, void *b, void *c, void *d, void *e) {               \
        struct tc_py_slot *slot = &slots[number];                                                  \
        const struct tc_py_args args = ARGS();                                                     \
        struct tc_site site = TC_SITE();                                                           \
        return __VA_ARGS__;                                                                        \
    }
#define ACQUIRES(number, TYPE)                       FORWARDER(number, acquire(slot, TC_OBJECT_##TYPE, &args, site))
#define RELEASES(number, TYPE)                       FORWARDER(number, release(slot, TC_OBJECT_##TYPE, &args, site))
#define RESETS(number, TYPE)                         FORWARDER(number, made_free(slot, TC_OBJECT_##TYPE, &args, site))
#define TC_PY_LOCK_METHOD(number, TYPE, name, MAKER) MAKER(number, TYPE)
#define GIVES_ALL(number, TYPE)                      FORWARDER(number, release_all(slot, &args, site))
#define TAKES_ALL(number, TYPE)                      FORWARDER(number, acquire_all(slot, &args, site))
#include "python/lock_methods.def"
#undef TC_PY_LOCK_METHOD

static const struct {
    uint8_t type;
    const char *name;
    void *forwarder;
} methods[] = {
#define TC_PY_LOCK_METHOD(number, TYPE, name, MAKER) {TC_OBJECT_##TYPE, name, forward_##number},
#include "python/lock_methods.def"
#undef TC_PY_LOCK_METHOD
};

void tc_py_patch_lock(PyObject *lock, uint8_t type) {
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i].type == type)
            tc_py_patch(&slots[i], lock, methods[i].name, methods[i].forwarder);
}
