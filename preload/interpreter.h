/* interpreter.h: what an interpreter of another language adds to the hooks.
 *
 * What: pointers that python/ fills once a Python runs in this process; NULL in all others, which
 *       is all that they pay: everything here is asked on slow paths only.
 * Threads: written once, before threads that it concerns; called by the thread whose hook it is.
 */
#ifndef TC_PRELOAD_INTERPRETER_H
#define TC_PRELOAD_INTERPRETER_H

#include "preload/recorder.h"

struct tc_interpreter {
    /* Whether native frames have interpreted ones between them. */
    bool (*is_in)(const uint64_t *frames, unsigned count);

    /* The stack that the native one makes with the calling thread's interpreted frames; 0: there
     * are none. */
    uint32_t (*merge)(struct tc_thread *self, uint32_t native);

    /* The same for one that was seen before, else 0; `native` where there are no interpreted
     * frames.  Takes no lock and changes nothing. */
    uint32_t (*known)(uint32_t native);

    /* Whether code is the interpreter's own: between any two instructions of it the frames may be
     * in the midst of a change, and nobody may walk them. */
    bool (*is_own)(uint64_t code);

    /* The calling thread is about to start the thread of that index; it is at its own end. */
    void (*thread_announced)(uint32_t index);
    void (*thread_ended)(void);
    /* A condition was initialised by the code at `caller`: perhaps the last of the four parts of an
     * interpreter's lock (GIL), which has two mutexes and two conditions.  From then on these are
     * not recorded for themselves. */
    void (*cond_made)(const void *cond, uintptr_t caller);

    /* Whether it is a part of such a lock; the calls on it are then made by the hook itself. */
    bool (*is_part)(const void *mutex_or_cond);

    /* What is done to a part: before its mutex is locked or a condition of it is signalled or
     * waited on, and before its mutex is unlocked or when it is destroyed. */
    void (*part_used)(const void *mutex_or_cond);
    void (*part_waits)(const void *mutex, struct tc_site site);
    void (*part_unlocks)(const void *mutex, struct tc_site site);
    void (*part_destroyed)(const void *mutex);

    /* The semaphores of its locks, which are not recorded for themselves: whether it is one; and
     * what a lock or a thread of its own needs to know: that the caller is about to block, and that
     * it was posted.  These say whether it is none of the program's. */
    bool (*sem_is_lock)(sem_t *sem);
    bool (*sem_blocks)(sem_t *sem, struct tc_site site);
    bool (*sem_posts)(sem_t *sem);
    bool (*sem_is_new_lock)(void);

    /* Signals that only the interpreter handles, for itself: no handler of the program's would end
     * a wait.  Bit N-1 for signal N; a handler that is set later is the program's. */
    uint64_t own_signals;

    /* In a forked child, before anything is recorded there. */
    void (*forked)(void);
};

extern struct tc_interpreter tc_interpreter;

/* Once an interpreter has a lock. */
static inline bool tc_interpreter_part(const void *mutex_or_cond) {
    return __builtin_expect(tc_interpreter.is_part != NULL, 0) &&
           tc_interpreter.is_part(mutex_or_cond);
}

/* A stack of which the frames are known; equal ones have one id.  0: no memory. */
uint32_t tc_stack_of_frames(struct tc_thread *self, const uint64_t *frames, unsigned count,
                            unsigned flags);

/* The native stack at `site`, by its id; 0: none. */
uint32_t tc_stack_native(struct tc_thread *self, struct tc_site site);

#endif
