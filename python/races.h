/* races.h: what the rest of the shim tells the watch for races between Python threads.
 *
 * What: synchronisation, as it is seen by the hooks of locks, queues and threads.  All of it does
 *       nothing while races=off or before an interpreter is there.
 * Threads: by the thread that does it, with the interpreter's lock; announced and thread_ended look
 *          after that themselves.
 */
#ifndef TC_PYTHON_RACES_H
#define TC_PYTHON_RACES_H

#include <stdint.h>

/* A Python Lock or RLock: made; taken, by the outermost acquire; about to be given back. */
void tc_pyraces_lock_made(const void *lock);
void tc_pyraces_acquired(const void *lock);
void tc_pyraces_releasing(const void *lock);

/* A queue and the like: about to be put into, gotten from. */
void tc_pyraces_sent(const void *channel);
void tc_pyraces_received(const void *channel);

/* A thread, by the recorder's index, is about to be started by the calling thread. */
void tc_pyraces_announced(uint32_t index);

/* The calling thread's end will release the lock (`_thread._set_sentinel`): whoever takes it then
 * knows that the thread has ended. */
void tc_pyraces_ends_with(const void *lock);

/* The calling thread is at its end. */
void tc_pyraces_thread_ended(void);

#endif
