/* frames.h: where a thread is in its Python code, read without calling the interpreter.
 *
 * What: a walk over the frames of a thread, and the stacks that they make together with the native
 *       ones.  Nothing is allocated in the interpreter and no reference is counted, so that it may
 *       be done at every event; code objects are told to the trace when they are first seen.
 * Threads: a thread may walk its own frames at any time, also without the interpreter's lock, and
 *          those of a thread that stands still.
 */
#ifndef TC_PYTHON_FRAMES_H
#define TC_PYTHON_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/recorder.h"
#include "python/api.h"
#include "python/layout.h"

#define TC_PY_FRAMES 96 /* kept of one stack */

struct tc_py_frame {
    PyObject *code;
    const void *frame; /* the activation: tells two calls of one function apart while both live */
    uint64_t where;    /* code and position in one word */
    int position;      /* in the code, as PyCode_Addr2Line wants it; below 0: before its start */
    bool entry;        /* C code called it: the next one is behind native frames */
};

/* The frames of a thread's state, innermost first, at most `limit`. */
unsigned tc_py_walk(void *state, struct tc_py_frame *frames, unsigned limit);

/* The innermost frame of the thread that runs in the interpreter; false: there is none. */
bool tc_py_top(struct tc_py_frame *frame);

/* The line that a frame is at. */
int tc_py_line(const struct tc_py_frame *frame);

/* The id of a code object in the trace (struct tc_meta_code), told when it is new; 0: no memory.
 * The code must be alive.  A code object that a kept stack names is kept alive, too. */
uint32_t tc_py_code_id(PyObject *code);

/* Whose code it is that makes an object. */
enum tc_py_whose {
    TC_PY_OF_PROGRAM,
    TC_PY_OF_LIBRARY,   /* the standard library; its tests count as programs */
    TC_PY_OF_THREADING, /* threading.py, which makes objects for whoever asks */
};
enum tc_py_whose tc_py_code_whose(PyObject *code);

/* Keeps a code object that has an id alive for good.  The caller holds the interpreter's lock. */
void tc_py_code_keep(PyObject *code);
bool tc_py_code_is_kept(PyObject *code);
void tc_py_codes_forked(void);

/* The id of the calling thread's stack with its Python frames, for an event of the interpreter's
 * own objects.  The caller holds the interpreter's lock.  TC_SITE() of the hook: where the native
 * frames begin.  Cheap when the same Python frames were there before. */
uint32_t tc_py_stack(struct tc_thread *self, struct tc_site site);

/* The same for any thread's state, when this thread saw that stack before; else 0. */
uint32_t tc_py_stack_known(const void *state);

/* The same, known or not; `state` is this thread's, which need not have the lock. */
uint32_t tc_py_stack_of(struct tc_thread *self, void *state, struct tc_site site);

/* A string object's text as UTF-8, cut to fit; its length.  Needs no lock. */
uint32_t tc_py_text(const PyObject *string, char *buffer, uint32_t size);

/* Turns the walk on for native stacks, too: `loop` is the interpreter's own loop, `module` the file
 * that it is in; `hide`: which has no code but the interpreter's. */
struct tc_py_code_range {
    uintptr_t low, high;
};
void tc_py_stacks_begin(const struct tc_py_code_range *loop, const struct tc_py_code_range *module,
                        bool hide);

/* How a walk goes on. */
static inline void *tc_py_at(const void *base, long offset) {
    return *(void **)((const char *)base + offset);
}
static inline const void *tc_py_first_frame(const void *state) {
    const void *frame = tc_py_at(state, tc_py_layout.frame);
    return frame && tc_py_layout.through >= 0 ? tc_py_at(frame, tc_py_layout.through) : frame;
}

/* Where a frame is, as one word. */
static inline uint64_t tc_py_where(const void *frame) {
    const char *at = (const char *)frame + tc_py_layout.instruction;
    if (tc_py_layout.position == TC_PY_CODE_UNIT)
        return *(const uint64_t *)at;
    return (uintptr_t)tc_py_at(frame, tc_py_layout.code) +
           ((uint64_t) * (const uint32_t *)at << 40);
}

/* As Py_INCREF: Py_IncRef of a debug build wants a current thread state, which a thread that has
 * just taken the lock does not have yet.  From 3.12 on the low half counts, and one below 0 stands
 * for an object that lives for ever. */
static inline PyObject *tc_py_add_reference(PyObject *object) {
    int32_t *low = (int32_t *)&object->references;
    if (tc_py_layout.minor < 12)
        object->references++;
    else if (*low >= 0)
        ++*low;
    return object;
}

/* Stand-ins for calls from C are no frames. */
static inline bool tc_py_is_stand_in(const void *frame) {
    return tc_py_layout.owner >= 0 &&
           ((const uint8_t *)frame)[tc_py_layout.owner] >= tc_py_layout.owner_c;
}

/* To be called by a thread that has just taken the interpreter's lock: keeps alive what its stacks
 * named while it did not have it. */
void tc_py_keep_pending(void);

#endif
