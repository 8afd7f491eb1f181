/* api.h: the interpreter's own functions, by pointers.
 *
 * What: a shim that needed a symbol of libpython would keep every other program from starting, so
 *       nothing here is linked: api.def is looked up once an interpreter is there.  What is inside
 *       of its objects is in layout.h.
 * Threads: written once, before `tc_py.ready`; the functions need what the interpreter says of
 *          them, which is most often its lock.
 */
#ifndef TC_PYTHON_API_H
#define TC_PYTHON_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An object's head: the same from 3.8 to 3.14, but for free-threaded builds, which are refused. */
typedef struct tc_py_object PyObject;
struct tc_py_object {
    intptr_t references;
    PyObject *type;
};

/* PyMethodDef. */
struct tc_py_method {
    const char *name;
    void *function;
    int flags; /* enum tc_py_call */
    const char *help;
};

enum tc_py_call {
    TC_PY_VARARGS = 0x01,
    TC_PY_KEYWORDS = 0x02,
    TC_PY_NOARGS = 0x04,
    TC_PY_ONE = 0x08,
    TC_PY_FASTCALL = 0x80,
    TC_PY_METHOD = 0x200,
};

/* PyMemAllocatorEx. */
struct tc_py_allocator {
    void *context;
    void *(*malloc_function)(void *context, size_t size);
    void *(*calloc_function)(void *context, size_t count, size_t size);
    void *(*realloc_function)(void *context, void *memory, size_t size);
    void (*free_function)(void *context, void *memory);
};

struct tc_py {
    bool ready; /* everything below is valid */
    int minor;  /* of 3.minor */
#define TC_PY_FUNCTION(RESULT, name, parameters) RESULT(*name) parameters;
#define TC_PY_MAYBE(RESULT, name, parameters)    RESULT(*name) parameters;
#define TC_PY_DATA(name)                         PyObject *name;
#include "python/api.def"
#undef TC_PY_FUNCTION
#undef TC_PY_MAYBE
#undef TC_PY_DATA
};

extern struct tc_py tc_py;

/* Looks everything up in `library` (a handle of dlopen, or RTLD_DEFAULT).  NULL: done; else the
 * name that is missing. */
const char *tc_py_resolve(void *library);

/* The state of the thread that runs in the interpreter now; NULL: nobody does. */
static inline void *tc_py_running(void) {
    return tc_py.PyThreadState_GetUnchecked();
}

/* Whether the interpreter ends. */
static inline bool tc_py_is_ending(void) {
    return tc_py.Py_IsFinalizing && tc_py.Py_IsFinalizing();
}

static inline PyObject *tc_py_new_reference(PyObject *object) {
    tc_py.Py_IncRef(object);
    return object;
}

#endif
