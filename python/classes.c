/* classes.c: finds the classes of classes.def once a program has imported them.
 *
 * What: there is no event for the end of an import.  But threading.py makes locks when all of its
 *       classes are there, for its main thread; so the making of a lock is when to look.
 * Threads: with the interpreter's lock.
 */
#include <string.h>

#include "preload/hook.h"
#include "python/wrapper.h"

#define MODULES 64 /* imported threading modules: one an interpreter, and those of its tests */

static PyObject *served[MODULES];
static unsigned served_next;
static PyObject *threading_name;

void tc_py_classes_forget(void) {
    memset(served, 0, sizeof served);
    threading_name = NULL;
}

static bool is_served(const PyObject *module) {
    for (unsigned i = 0; i < MODULES; i++)
        if (served[i] == module)
            return true;
    return false;
}

static void watch_class(PyObject *module, const struct tc_py_probe *probe) {
    PyObject *class_object = tc_py.PyObject_GetAttrString(module, probe->class_name);
    if (class_object)
        tc_py_wrap(class_object, probe);
    tc_py.Py_DecRef(class_object);
    tc_py.PyErr_Clear();
}

/* _MainThread is the last of them. */
static bool is_whole(PyObject *module) {
    PyObject *last = tc_py.PyObject_GetAttrString(module, "_MainThread");
    tc_py.PyErr_Clear();
    tc_py.Py_DecRef(last);
    return last != NULL;
}

void tc_py_look_for_classes(void) {
    if (!threading_name)
        threading_name = tc_py.PyUnicode_InternFromString("threading");
    if (!threading_name)
        return;
    PyObject *modules = tc_py.PyImport_GetModuleDict();
    PyObject *module = modules ? tc_py.PyDict_GetItem(modules, threading_name) : NULL;
    if (!module || is_served(module) || !is_whole(module))
        return;
    served[served_next++ % MODULES] = module;
    for (unsigned i = 0; tc_py_probe(i); i++)
        watch_class(module, tc_py_probe(i));
}

uint8_t tc_py_lock_type(const PyObject *lock) {
    const char *name = tc_py_at(lock->type, 24); /* tp_name */
    if (strcmp(name, "_thread.lock") == 0)
        return TC_OBJECT_PY_LOCK;
    return strcmp(name, "_thread.RLock") == 0 ? TC_OBJECT_PY_RLOCK : 0;
}

PyObject *tc_py_runtime_error(void) {
    return *(PyObject **)tc_py.PyExc_RuntimeError;
}

void tc_py_channel(const void *object, enum tc_event_code code, uint32_t stack) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    tc_event(self, code, tc_object_ref(self, object, TC_OBJECT_CHANNEL, stack), stack, 0, 0);
    tc_leave(self);
}
