/* patch.h: putting a function of ours in the place of a C method, and passing calls on.
 *
 * What: a method's PyMethodDef is changed in place, so that objects, types and bound methods that
 *       exist already are served, too.
 * Threads: patching is done with the interpreter's lock.
 */
#ifndef TC_PYTHON_PATCH_H
#define TC_PYTHON_PATCH_H

#include <stddef.h>

#include "python/api.h"

#define TC_PY_SLOTS 16

struct tc_py_slot {
    PyObject *(*original)(void *, void *, void *, void *, void *);
    int flags; /* enum tc_py_call */
};

/* What a C function is called with, by whatever convention: the first is the object. */
struct tc_py_args {
    void *all[5];
};

static inline PyObject *tc_py_forward(const struct tc_py_slot *slot,
                                      const struct tc_py_args *args) {
    return slot->original(args->all[0], args->all[1], args->all[2], args->all[3], args->all[4]);
}

#define TC_PY_COUNT(tuple) (*(const intptr_t *)((const char *)(tuple) + 16))

/* Whether the call surely has no arguments. */
static inline bool tc_py_no_arguments(const struct tc_py_slot *slot,
                                      const struct tc_py_args *args) {
    if (slot->flags & TC_PY_VARARGS)
        return TC_PY_COUNT(args->all[1]) == 0 && (!(slot->flags & TC_PY_KEYWORDS) || !args->all[2]);
    if (slot->flags & TC_PY_FASTCALL && !(slot->flags & TC_PY_METHOD))
        return !args->all[2] && (!(slot->flags & TC_PY_KEYWORDS) || !args->all[3]);
    return slot->flags & TC_PY_NOARGS;
}

/* An argument by position or name, borrowed; NULL: not given. */
PyObject *tc_py_argument(const struct tc_py_slot *slot, const struct tc_py_args *args,
                         unsigned position, const char *name);

/* Replaces what `owner`.`name`, a C method or function, calls.  False: there is no such thing. */
bool tc_py_patch(struct tc_py_slot *slot, PyObject *owner, const char *name, void *function);

#endif
