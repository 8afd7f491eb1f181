/* sems.h: the semaphores that Python's locks are made of.
 *
 * What: a lock's semaphore is marked where a recorded one keeps its identity, so that the hooks of
 *       sem_* know it without a look-up and do not record it for itself.  Up to 3.13; from 3.14 on
 * a Lock is a byte that is waited on by semaphores on the waiters' stacks. Threads: as the hooks.
 */
#ifndef TC_PYTHON_SEMS_H
#define TC_PYTHON_SEMS_H

#include <stdbool.h>

/* Marks the semaphore of a lock.  `made_in_c`: the interpreter may release it without a method. */
void tc_py_sem_mark(const void *lock, bool made_in_c);

/* Whether somebody has the lock now. */
bool tc_py_is_locked(const void *lock);

/* Teaches the hooks of sem_*. */
void tc_py_sems_begin(void);

#endif
