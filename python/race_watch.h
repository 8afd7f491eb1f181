/* race_watch.h: what the parts of the watch for races between Python threads share.
 *
 * What: race_calls.c is called by rewritten code and feeds the model; race_sync.c tells the model
 *       what orders threads; race_tell.c writes what was found to the trace; race_code.c has code
 *       rewritten before it runs.
 * Threads: with the interpreter's lock, except where it says otherwise.
 */
#ifndef TC_PYTHON_RACE_WATCH_H
#define TC_PYTHON_RACE_WATCH_H

#include "preload/process.h"
#include "python/api.h"
#include "python/frames.h"
#include "python/layout.h"
#include "python/race_model.h"

struct tc_pyrace_watch {
    bool on;             /* begun */
    bool threads;        /* a second thread was started: before that there is nothing to order */
    bool sample;         /* a place that only ever met what was its thread's own is left alone */
    uint32_t generation; /* of the process, and 1; a forked child begins anew */
    struct tc_pyraces *races;
    struct tc_pyrace_surface *surface;
};
extern struct tc_pyrace_watch tc_pyrace_watch;

/* Of this thread: its slot, valid in that generation. */
struct tc_pyrace_self {
    uint32_t generation;
    uint16_t slot; /* 0: not watched */
    const uint32_t *epoch;
    struct tc_pyrace_note *notes;
};
extern __thread struct tc_pyrace_self tc_pyrace_self __attribute__((tls_model("initial-exec")));
unsigned tc_pyrace_begin_thread(void);

/* The calling thread's slot; 0: not watched. */
static inline unsigned tc_pyrace_slot(void) {
    if (__builtin_expect(tc_pyrace_self.generation != tc_process.generation + 1, 0))
        return tc_pyrace_begin_thread();
    return tc_pyrace_self.slot;
}

/* The innermost frame of the running thread. */
static inline void *tc_pyrace_frame(void) {
    void *frame = tc_py_at(tc_py_running(), tc_py_layout.frame);
    if (tc_py_layout.through >= 0 && frame)
        frame = tc_py_at(frame, tc_py_layout.through);
    return frame;
}

/* A place in the program where something is accessed. */
struct tc_pyrace_site {
    PyObject *name; /* of the attribute or variable; kept alive */
    PyObject *text; /* how the program writes it; kept alive */
    PyObject *type; /* what `home` was found for */
    uint32_t version;
    uint32_t own; /* accesses to what was the thread's own so far */
    uint8_t kind, operation, home;
    bool off;
    bool polls;  /* a read in the condition of a loop that does not write what it reads */
    bool checks; /* a read that decided on a write */
};

/* race_tell.c: the context of an access that happens now, and a finding. */
uint32_t tc_pyrace_context(void *unused);
void tc_pyrace_tell(const struct tc_pyrace_found *found, const struct tc_pyrace_site *site,
                    PyObject *object, PyObject *key);

/* race_calls.c: the functions that rewritten code calls, to be put among the builtins. */
bool tc_pyrace_calls_begin(PyObject *space, PyObject *builtins);

/* Where the function that rewritten code called was called from. */
extern struct tc_site tc_pyrace_at;

/* race_sync.c: sends and receives.  `learn`: the same as a receive, for what is only handed over
 * under the interpreter's lock, which ends no update that is half done. */
void tc_pyrace_send(const void *channel);
void tc_pyrace_receive(const void *channel);
void tc_pyrace_learn(const void *channel);
void tc_pyrace_sync_begin(void);

/* race_channels.c: watches the modules that have been imported since the last call. */
void tc_pyrace_look_for_channels(void);
uint32_t tc_pyrace_thread_of(unsigned slot); /* by the recorder's index */

/* An empty model; race_tell.c in a forked child. */
bool tc_pyrace_begin_model(void);
void tc_pyrace_tell_forked(void);

#endif
