/* types.c: the types Lock and RLock themselves: that an object is made, and that it is no more.
 *
 * What: the part `types` of parts.def; it has the methods watched, too (locks.c).
 * Threads: with the interpreter's lock.
 */
#include <string.h>

#include "preload/sys.h"
#include "python/frames.h"
#include "python/inject.h"
#include "python/objects.h"
#include "python/patch.h"
#include "python/sems.h"

/* Of PyTypeObject, the same from 3.8 to 3.14. */
#define DEALLOCATE 48
#define NEW        312

typedef void deallocate_function(PyObject *object);
typedef PyObject *new_function(PyObject *type, PyObject *arguments, PyObject *keywords);

static struct tc_py_slot allocate_lock, allocate;
static deallocate_function *deallocate_lock, *deallocate_rlock;
static new_function *new_lock, *new_rlock;

static void lock_gone(PyObject *lock) {
    tc_py_gone(lock, TC_OBJECT_PY_LOCK);
    deallocate_lock(lock);
}

static void rlock_gone(PyObject *lock) {
    tc_py_gone(lock, TC_OBJECT_PY_RLOCK);
    deallocate_rlock(lock);
}

/* Around the making of a lock: its semaphore is not recorded. */
static void begin_making(struct tc_py_call_frame *call) {
    *call = (struct tc_py_call_frame){.outer = tc_py_calls, .doing = TC_PY_MAKING};
    tc_py_calls = call;
}

/* The lock that a condition's wait makes is its own business. */
static void end_making(const struct tc_py_call_frame *call, PyObject *lock, uint8_t type,
                       struct tc_site site) {
    struct tc_py_call_frame *outer = call->outer;
    tc_py_calls = outer;
    if (!lock)
        return;
    if (outer && outer->doing == TC_PY_WAITING && !outer->waiter) {
        outer->waiter = lock;
        tc_py_sem_mark(lock, false);
        return;
    }
    tc_py_made(lock, type, 0, site);
    tc_py_look_for_classes();
}

static PyObject *allocated(const struct tc_py_slot *slot, const struct tc_py_args *args,
                           struct tc_site site) {
    struct tc_py_call_frame call;
    begin_making(&call);
    PyObject *lock = tc_py_forward(slot, args);
    end_making(&call, lock, TC_OBJECT_PY_LOCK, site);
    return lock;
}

static PyObject *forward_allocate_lock(void *a, void *b, void *c, void *d, void *e) {
    const struct tc_py_args args = {{a, b, c, d, e}};
    return allocated(&allocate_lock, &args, TC_SITE());
}

static PyObject *forward_allocate(void *a, void *b, void *c, void *d, void *e) {
    const struct tc_py_args args = {{a, b, c, d, e}};
    return allocated(&allocate, &args, TC_SITE());
}

static PyObject *make_lock(PyObject *type, PyObject *arguments, PyObject *keywords) {
    struct tc_py_call_frame call;
    begin_making(&call);
    PyObject *lock = new_lock(type, arguments, keywords);
    end_making(&call, lock, TC_OBJECT_PY_LOCK, TC_SITE());
    return lock;
}

static PyObject *make_rlock(PyObject *type, PyObject *arguments, PyObject *keywords) {
    struct tc_py_call_frame call;
    begin_making(&call);
    PyObject *lock = new_rlock(type, arguments, keywords);
    end_making(&call, lock, TC_OBJECT_PY_RLOCK, TC_SITE());
    return lock;
}

static void *swap(PyObject *type, long offset, void *ours, void *kept) {
    void **place = (void **)((char *)type + offset);
    void *theirs = *place;
    if (theirs == ours)
        return kept;
    *place = ours;
    return theirs;
}

void tc_py_watch_type(PyObject *lock, uint8_t type) {
    void *ours = type == TC_OBJECT_PY_LOCK ? (void *)lock_gone : (void *)rlock_gone;
    if (tc_py_at(lock->type, DEALLOCATE) == ours || tc_py_lock_type(lock) != type)
        return;
    if (type == TC_OBJECT_PY_LOCK) {
        swap(lock->type, DEALLOCATE, ours, NULL);
        if (tc_py.minor >= 13)
            swap(lock->type, NEW, (void *)make_lock, NULL);
    } else {
        swap(lock->type, DEALLOCATE, ours, NULL);
        swap(lock->type, NEW, (void *)make_rlock, NULL);
    }
}

void tc_py_types_forget(void) {
    tc_py_classes_forget();
    tc_py_wrappers_forget();
    tc_py_methods_forget();
}

/* Before anything is patched. */
static void probe_layout(PyObject *make, PyObject *unlocked) {
    PyObject *locked = tc_py.PyObject_CallObject(make, NULL);
    PyObject *acquire = locked ? tc_py.PyObject_GetAttrString(locked, "acquire") : NULL;
    PyObject *result = acquire ? tc_py.PyObject_CallObject(acquire, NULL) : NULL;
    if (result == tc_py._Py_TrueStruct)
        tc_py_sems_probe(locked, unlocked);
    tc_py.Py_DecRef(result);
    tc_py.Py_DecRef(acquire);
    tc_py.Py_DecRef(locked);
}

static bool call(PyObject *object, const char *method) {
    PyObject *function = tc_py.PyObject_GetAttrString(object, method);
    PyObject *result = function ? tc_py.PyObject_CallObject(function, NULL) : NULL;
    tc_py.Py_DecRef(result);
    tc_py.Py_DecRef(function);
    return result != NULL;
}

static void probe_rlock(PyObject *rlocks, PyObject *not_taken) {
    PyObject *taken = tc_py.PyObject_CallObject(rlocks, NULL);
    if (taken && call(taken, "acquire")) {
        if (call(taken, "acquire")) {
            tc_py_rlock_probe(taken, not_taken);
            call(taken, "release");
        }
        call(taken, "release");
    }
    tc_py.Py_DecRef(taken);
}

/* Each interpreter of a process has types of its own, but the methods are one. */
static bool watch_types(PyObject *thread_module) {
    PyObject *make = tc_py.PyObject_GetAttrString(thread_module, "allocate_lock");
    PyObject *rlocks = tc_py.PyObject_GetAttrString(thread_module, "RLock");
    PyObject *lock = make ? tc_py.PyObject_CallObject(make, NULL) : NULL;
    PyObject *rlock = rlocks ? tc_py.PyObject_CallObject(rlocks, NULL) : NULL;
    bool good = lock && rlock;
    if (good) {
        probe_layout(make, lock);
        probe_rlock(rlocks, rlock);
        tc_py_patch_lock(lock, TC_OBJECT_PY_LOCK);
        tc_py_patch_lock(rlock, TC_OBJECT_PY_RLOCK);
        deallocate_lock = (deallocate_function *)swap(lock->type, DEALLOCATE, (void *)lock_gone,
                                                      (void *)deallocate_lock);
        deallocate_rlock = (deallocate_function *)swap(rlock->type, DEALLOCATE, (void *)rlock_gone,
                                                       (void *)deallocate_rlock);
        new_rlock = (new_function *)swap(rlock->type, NEW, (void *)make_rlock, (void *)new_rlock);
        if (tc_py.minor >= 13)
            new_lock = (new_function *)swap(lock->type, NEW, (void *)make_lock, (void *)new_lock);
    }
    tc_py.Py_DecRef(lock);
    tc_py.Py_DecRef(rlock);
    tc_py.Py_DecRef(make);
    tc_py.Py_DecRef(rlocks);
    return good;
}

bool tc_py_types_begin(void) {
    PyObject *module = tc_py.PyImport_ImportModule("_thread");
    bool good = module && watch_types(module);
    if (good) {
        tc_py_sems_begin();
        tc_py_patch(&allocate_lock, module, "allocate_lock", (void *)forward_allocate_lock);
        tc_py_patch(&allocate, module, "allocate", (void *)forward_allocate);
    }
    tc_py.Py_DecRef(module);
    if (!good)
        tc_py_say_off("watching Python's locks");
    return good;
}
