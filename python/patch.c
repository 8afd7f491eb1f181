/* patch.c: see patch.h. */
#include "python/patch.h"

#include <string.h>
#include <sys/mman.h>

#include "preload/sys.h"
#include "python/frames.h"

#define METHOD_OF_BOUND 16 /* PyCFunctionObject.m_ml */
#define PAGE            4096ul

static PyObject *item_of(PyObject *tuple, intptr_t index) {
    return tc_py.PyTuple_GetItem(tuple, index);
}

static PyObject *by_name(PyObject *const *values, PyObject *names, const char *name) {
    char text[16];
    for (intptr_t i = 0; i < TC_PY_COUNT(names); i++) {
        tc_py_text(item_of(names, i), text, sizeof text);
        if (strcmp(text, name) == 0)
            return values[i];
    }
    return NULL;
}

PyObject *tc_py_argument(const struct tc_py_slot *slot, const struct tc_py_args *args,
                         unsigned position, const char *name) {
    if (slot->flags & TC_PY_VARARGS) {
        PyObject *tuple = args->all[1];
        if (position < TC_PY_COUNT(tuple))
            return item_of(tuple, position);
        PyObject *named = slot->flags & TC_PY_KEYWORDS ? args->all[2] : NULL;
        return named ? tc_py.PyDict_GetItemString(named, name) : NULL;
    }
    if (!(slot->flags & TC_PY_FASTCALL))
        return NULL;
    void *const *at = &args->all[slot->flags & TC_PY_METHOD ? 2 : 1];
    PyObject *const *values = at[0];
    intptr_t count = (intptr_t)at[1];
    PyObject *names = slot->flags & TC_PY_KEYWORDS ? at[2] : NULL;
    if (position < (uintptr_t)count)
        return values[position];
    return names ? by_name(values + count, names, name) : NULL;
}

static bool make_writable(void *at, size_t size) {
    uintptr_t low = (uintptr_t)at & ~(PAGE - 1), high = ((uintptr_t)at + size + PAGE - 1) & -PAGE;
    return TC_SYSCALL_3(SYS_mprotect, low, high - low, PROT_READ | PROT_WRITE) == 0;
}

bool tc_py_patch(struct tc_py_slot *slot, PyObject *owner, const char *name, void *function) {
    PyObject *bound = tc_py.PyObject_GetAttrString(owner, name);
    tc_py.PyErr_Clear();
    if (!bound)
        return false;
    bool builtin = bound->type == tc_py.PyCFunction_Type ||
                   tc_py.PyType_IsSubtype(bound->type, tc_py.PyCFunction_Type); /* PyCMethod */
    struct tc_py_method *method = builtin ? tc_py_at(bound, METHOD_OF_BOUND) : NULL;
    tc_py.Py_DecRef(bound);
    if (!method || strcmp(method->name, name) != 0)
        return false;
    if (method->function == function)
        return true;
    if (!make_writable(method, sizeof *method))
        return false;
    slot->original = method->function;
    slot->flags = method->flags;
    __atomic_store_n(&method->function, function, __ATOMIC_RELEASE);
    return true;
}
