/* wrapper.h: methods of Python classes, watched.
 *
 * What: a type of objects that stand for a function in its class and call it, with something of
 * ours before and after.  They bind as functions do, and whatever else is asked of them the
 *       function answers: its name, its code, its signature, even its class.  No frame of Python is
 *       added.
 * Threads: with the interpreter's lock.
 */
#ifndef TC_PYTHON_WRAPPER_H
#define TC_PYTHON_WRAPPER_H

#include "python/objects.h"

/* A call of a watched method: `call.object` is what it is a method of. */
struct tc_py_wrapped_call {
    struct tc_py_call_frame call;
    PyObject *const *arguments; /* without the object; keywords follow */
    intptr_t count;             /* of those by position */
    PyObject *keywords;         /* their names; NULL: none */
    PyObject *result;           /* for `leave`; NULL: an exception is set */
};

struct tc_py_probe {
    const char *class_name, *method;
    void (*enter)(struct tc_py_wrapped_call *call);
    void (*leave)(struct tc_py_wrapped_call *call);
};

/* Puts a wrapper in the place of the class's own method; true: it is there, or was before. */
bool tc_py_wrap(PyObject *class_object, const struct tc_py_probe *probe);

/* The rows of classes.def; NULL: no more. */
const struct tc_py_probe *tc_py_probe(unsigned index);

/* An argument by position (the object does not count) or name, borrowed; NULL: not given. */
PyObject *tc_py_wrapped_argument(const struct tc_py_wrapped_call *call, intptr_t position,
                                 const char *name);

#endif
