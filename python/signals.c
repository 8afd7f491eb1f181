/* signals.c: handlers of signals that are written in Python.
 *
 * What: the part `signals` of parts.def.  Such a handler is called by the interpreter between two
 *       instructions of the main thread, some time after the signal came.  What the program sets is
 *       called by a function of ours, so that HANDLER_ENTER and HANDLER_LEAVE stand around what it
 *       does; the program sees its own handler only.
 * Threads: with the interpreter's lock; handlers run in the main thread.
 */
#include <string.h>

#include "preload/enter.h"
#include "preload/hook.h"
#include "preload/thread.h"
#include "python/frames.h"
#include "python/inject.h"
#include "python/patch.h"

#include "preload/poison.h"

#define METHOD_OF_BOUND 16 /* PyCFunctionObject: m_ml, m_self */
#define SELF_OF_BOUND   24

static struct tc_py_slot set, get;
static PyObject *method_type; /* of bound methods */

static bool tell(enum tc_event_code code, PyObject *number) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return false;
    if (code == TC_EV_HANDLER_ENTER)
        self->python_handlers++;
    else
        self->python_handlers--;
    tc_event(self, code, (struct tc_ref){0}, 0, (uint64_t)tc_py.PyLong_AsLong(number),
             TC_HANDLER_PYTHON);
    tc_leave(self);
    return true;
}

/* Bound to the program's handler; called with (number, frame). */
static PyObject *call_handler(PyObject *handler, PyObject *arguments) {
    PyObject *number = TC_PY_COUNT(arguments) ? tc_py.PyTuple_GetItem(arguments, 0) : NULL;
    bool known = number && number->type == tc_py.PyLong_Type;
    bool told = known && tell(TC_EV_HANDLER_ENTER, number);
    PyObject *result = tc_py.PyObject_Call(handler, arguments, NULL);
    if (told)
        tell(TC_EV_HANDLER_LEAVE, number);
    return result;
}

static struct tc_py_method method = {"handler", (void *)call_handler, TC_PY_VARARGS, NULL};

/* Takes one reference and gives one: the program's handler in place of ours. */
static PyObject *handler_of(PyObject *found) {
    if (!found || found->type != tc_py.PyCFunction_Type ||
        tc_py_at(found, METHOD_OF_BOUND) != &method)
        return found;
    PyObject *handler = tc_py_new_reference(tc_py_at(found, SELF_OF_BOUND));
    tc_py.Py_DecRef(found);
    return handler;
}

static bool is_python(const PyObject *handler) {
    return handler->type == tc_py.PyFunction_Type || handler->type == method_type;
}

/* signal(number, handler) -> the one before */
static PyObject *set_handler(void *module, PyObject *const *all, intptr_t count) {
    PyObject *ours = NULL, *changed[2];
    if (count == 2 && is_python(all[1]))
        ours = tc_py.PyCFunction_NewEx(&method, all[1], NULL);
    if (!ours)
        tc_py.PyErr_Clear();
    if (ours) {
        changed[0] = all[0];
        changed[1] = ours;
        all = changed;
    }
    const struct tc_py_args args = {{module, (void *)all, (void *)count, NULL, NULL}};
    PyObject *before = tc_py_forward(&set, &args);
    tc_py.Py_DecRef(ours);
    return handler_of(before);
}

/* getsignal(number) */
static PyObject *get_handler(void *module, PyObject *number) {
    const struct tc_py_args args = {{module, number, NULL, NULL, NULL}};
    return handler_of(tc_py_forward(&get, &args));
}

static PyObject *type_of_methods(void) {
    PyObject *some = tc_py.PyMethod_New(tc_py._Py_NoneStruct, tc_py._Py_NoneStruct);
    PyObject *type = some ? some->type : NULL; /* a static type */
    tc_py.Py_DecRef(some);
    return type;
}

/* The module is there once somebody may set handlers. */
static bool patch(void) {
    PyObject *modules = tc_py.PyImport_GetModuleDict();
    PyObject *module = modules ? tc_py.PyDict_GetItemString(modules, "_signal") : NULL;
    PyObject *function = module ? tc_py.PyObject_GetAttrString(module, "signal") : NULL;
    tc_py.Py_DecRef(function);
    if (!function)
        return false;
    if (!tc_py_patch(&get, module, "getsignal", (void *)get_handler) || get.flags != TC_PY_ONE)
        return true;
    return tc_py_patch(&set, module, "signal", (void *)set_handler);
}

bool tc_py_signals_begin(void) {
    method_type = type_of_methods();
    return method_type != NULL;
}

int tc_py_signals_audit(const char *event, PyObject *arguments) {
    static bool patched;
    (void)arguments;
    if (patched || strcmp(event, "import") != 0)
        return 0;
    PyObject *type, *value, *trace;
    tc_py.PyErr_Fetch(&type, &value, &trace);
    patched = patch();
    tc_py.PyErr_Restore(type, value, trace);
    return 0;
}
