/* thread.h: what a Thread is, and the list of those that were started.
 *
 * Threads: `phase` is atomic and what joiners sleep on; the registry's guard protects the list,
 *   `pins` going up, and the change from NEW.  Other fields are set before the start.
 */
#ifndef THREADING_THREAD_H
#define THREADING_THREAD_H

#include <pthread.h>

#include "watch.h"

#pragma GCC visibility push(hidden)

enum threading_phase {
    THREADING_NEW,
    THREADING_STARTING, /* start was called, but it does not run yet */
    THREADING_RUNNING,
    THREADING_EXITING, /* it called exit, or is the main thread after its end: it waits for others
                        */
    THREADING_ENDED,   /* its target returned; the pthread is still to be joined */
    THREADING_REAPING, /* somebody joins it */
    THREADING_GONE
};

enum threading_kind { THREADING_MADE_HERE, THREADING_MAIN, THREADING_DUMMY };

struct threading_thread {
    struct threading_thread *next, *previous; /* in the registry */
    uint32_t phase;
    uint32_t pins; /* calls that use it: it may not be destroyed */
    enum threading_kind kind;
    bool daemon;
    pid_t native_id;
    pthread_t native;
    void (*target)(void *);
    void *arg;
    char *name;
};

static inline uint32_t threading_phase(const threading_thread *thread) {
    return __atomic_load_n(&thread->phase, __ATOMIC_ACQUIRE);
}
void threading_set_phase(threading_thread *thread, enum threading_phase phase);

static inline void threading_unpin(threading_thread *thread) {
    __atomic_sub_fetch(&thread->pins, 1, __ATOMIC_RELEASE);
}

/* The registry of threads that were started and are not gone; the guard is the caller's. */
extern uint32_t threading_registry_guard;
extern threading_thread *threading_registry;
void threading_registry_add(threading_thread *thread);
void threading_registry_remove(threading_thread *thread);

/* The caller's object if it has one: NULL instead of a new dummy. */
threading_thread *threading_known_self(void);

/* Waits until a started thread has ended: 0 or ETIMEDOUT.  One that only waits to exit has ended
 * for all but the main thread, which must not go on while the process ends. */
int threading_wait_for_end(threading_thread *thread, uint64_t deadline);

/* Makes exit() wait as threading_shutdown does.  Called before main. */
void threading_wait_at_exit(void);

/* Tell that the caller is about to block until the thread ends, and a message from or to whoever
 * joins it: joiners after the first know of the end by the first. */
void threading_tell_join_request(const threading_thread *thread, const struct tc_library_site *site,
                                 bool timed);
void threading_tell_channel(const threading_thread *thread, const struct tc_library_site *site,
                            enum tc_event_code code);

/* "Thread-7", "Dummy-8"; ENOMEM. */
int threading_name_new(char **name, const char *kind);

/* Releases the calling thread's attributes of locals; called when it ends. */
void threading_release_attributes(void);

/* Around a fork.  The child forgets the attributes of threads that it does not have. */
void threading_attributes_before_fork(void);
void threading_attributes_after_fork(bool child);

extern char threading_main_name[]; /* what the main thread is called at first */

/* Has threading_release_attributes, and the end of a dummy, called at the thread's end. */
int threading_call_at_end(void);

/* The identity of a thread for the events about it. */
static inline struct tc_library_object threading_thread_object(const threading_thread *thread) {
    return (struct tc_library_object){(const void *)thread->native, thread->name, 0,
                                      TC_OBJECT_THREAD};
}

#pragma GCC visibility pop
#endif
