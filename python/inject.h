/* inject.h: running inside an interpreter that nobody prepared for it.
 *
 * What: an audit hook, set before the interpreter starts, is called with its first import or when
 *       it runs a program; from there the parts of parts.def are begun, once a process.  They may
 *       use all of api.h.
 * Use:  a part is a row of parts.def and two functions:
 *
 *           bool tc_py_NAME_begin(void);     called once, with the interpreter's lock; false: it is
 *                                            off, and has said why
 *           int tc_py_NAME_audit(const char *event, PyObject *arguments);   every audit event after
 *                                            that; what PySys_AddAuditHook's hook may return
 *
 *       An exception that begin leaves set is dropped.
 * Threads: everything here is called with the interpreter's lock.
 */
#ifndef TC_PYTHON_INJECT_H
#define TC_PYTHON_INJECT_H

#include <stdbool.h>

#include "python/api.h"

/* A new namespace for code of ours: builtins, and a __name__.  NULL: an exception is set. */
PyObject *tc_py_namespace(const char *name);

/* Gives a namespace a function of ours; `method` must live for ever.  `function` is of the type
 * that its flags want.  False: an exception is set. */
bool tc_py_define(PyObject *space, struct tc_py_method *method);

/* Compiles and runs source text in a namespace; `name` is its file in tracebacks.  False: an
 * exception is set. */
bool tc_py_run(const char *source, const char *name, PyObject *space);

/* One line on stderr: that `what` is off, and the current exception as the reason, which is
 * cleared. */
void tc_py_say_off(const char *what);

/* Looks for an interpreter among the libraries that are loaded and prepares the injection.  Called
 * at the start, and by the thread that was seen making an interpreter's lock: then `inside` is an
 * address of its code. */
void tc_py_look(const void *inside);

/* Whether the code at an address belongs to a module that has an interpreter. */
bool tc_py_is_inside(const void *inside);

#endif
