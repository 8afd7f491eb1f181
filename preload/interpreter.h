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

    /* The calling thread is about to start the thread of that index; it is at its own end. */
    void (*thread_announced)(uint32_t index);
    void (*thread_ended)(void);

    /* In a forked child, before anything is recorded there. */
    void (*forked)(void);
};

extern struct tc_interpreter tc_interpreter;

/* A stack of which the frames are known; equal ones have one id.  0: no memory. */
uint32_t tc_stack_of_frames(struct tc_thread *self, const uint64_t *frames, unsigned count,
                            unsigned flags);

/* The native stack at `site`, by its id; 0: none. */
uint32_t tc_stack_native(struct tc_thread *self, struct tc_site site);

#endif
