/* api.c: finds an interpreter's functions; see api.h. */
#include "python/api.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

struct tc_py tc_py;

static const struct row {
    const char *name;
    size_t slot;
    bool needed;
} rows[] = {
#define TC_PY_FUNCTION(RESULT, name, parameters) {#name, offsetof(struct tc_py, name), true},
#define TC_PY_MAYBE(RESULT, name, parameters)    {#name, offsetof(struct tc_py, name), false},
#define TC_PY_DATA(name)                         {#name, offsetof(struct tc_py, name), true},
#include "python/api.def"
#undef TC_PY_FUNCTION
#undef TC_PY_MAYBE
#undef TC_PY_DATA
};

const char *tc_py_resolve(void *library) {
    const char *missing = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *found = dlsym(library, rows[i].name);
        if (!found && rows[i].needed && !missing)
            missing = rows[i].name;
        *(void **)((char *)&tc_py + rows[i].slot) = found;
    }
    dlerror(); /* the program's own next question is not answered with ours */
    if (!tc_py.PyThreadState_GetUnchecked)
        tc_py.PyThreadState_GetUnchecked = tc_py._PyThreadState_UncheckedGet;
    if (!tc_py.Py_IsFinalizing)
        tc_py.Py_IsFinalizing = tc_py._Py_IsFinalizing;
    if (!tc_py.PyThreadState_GetUnchecked && !missing)
        missing = "PyThreadState_GetUnchecked";
    if (!tc_py.PyObject_Vectorcall && !tc_py._PyFunction_Vectorcall && !missing)
        missing = "PyObject_Vectorcall";
    if (missing)
        return missing;
    const char *version = tc_py.Py_GetVersion(); /* "3.11.2 (main, …" */
    tc_py.minor = version[0] == '3' && version[1] == '.' ? atoi(version + 2) : 0;
    return NULL;
}
