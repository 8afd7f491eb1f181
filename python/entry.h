/* entry.h: the memory of the audit hook, which is taken before the interpreter has chosen how to
 * allocate, and freed when it has: with debug allocators (-X dev, PYTHONMALLOC=debug) that ends the
 * process.
 *
 * Threads: as inject.c, which calls it.
 */
#ifndef TC_PYTHON_ENTRY_H
#define TC_PYTHON_ENTRY_H

#include <stdbool.h>

#include "python/api.h"

/* PySys_AddAuditHook, keeping in mind what it allocates. */
bool tc_py_entry_add(int (*hook)(const char *, PyObject *, void *));

/* The hooks are about to be cleared: memory that another allocator made is left alone. */
void tc_py_entry_clearing(void);

#endif
