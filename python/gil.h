/* gil.h: an interpreter's lock (GIL), seen by the calls that it makes of libc.
 *
 * What: create_gil of every CPython from 3.8 to 3.14 initialises two mutexes and two conditions
 * that lie side by side; that, in a module that has an interpreter, is how one is recognised.
 *       Taking and giving it up show in what is signalled while its mutex is held.
 * Threads: as the hooks that call it.
 */
#ifndef TC_PYTHON_GIL_H
#define TC_PYTHON_GIL_H

#include <stdbool.h>

/* Before there is an interpreter: begins to look for one's lock. */
void tc_py_gil_watch(void);

/* Whether the calling thread has the lock of an interpreter. */
bool tc_py_gil_held(void);

/* The interpreter that the calling thread runs in ends. */
void tc_py_gil_ends(void);

#endif
