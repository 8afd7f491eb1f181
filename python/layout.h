/* layout.h: what differs between versions of CPython inside of its objects: one row a version.
 *
 * What: offsets in bytes on 64-bit Linux, of release and debug builds alike.  Measured on 3.8 to
 *       3.13, read in the sources of 3.14.  A version without a row is watched as a native program
 *       only.
 * Threads: constants.
 */
#ifndef TC_PYTHON_LAYOUT_H
#define TC_PYTHON_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

/* How a frame tells where it is. */
enum tc_py_position {
    TC_PY_INDEX,     /* an int: bytes into the code */
    TC_PY_INDEX_X2,  /* an int: units of two bytes */
    TC_PY_CODE_UNIT, /* a pointer into the code's own copy of its instructions */
};

struct tc_py_layout {
    int minor;
    /* From a thread's state to its innermost frame; a second step where `through` is not negative:
     * *(state + frame) + through. */
    int frame, through;
    int previous, code, instruction, locals; /* of a frame */
    enum tc_py_position position;
    int owner;        /* a byte that tells stand-ins of C calls from frames; negative: none */
    int owner_c;      /* its value for those */
    int entry;        /* a byte that is not 0 in the frame that entered the interpreter's loop;
                         negative: every frame does (before 3.11), or a stand-in follows (3.12) */
    uintptr_t tagged; /* low bits of `code` that are no part of the address */
    int instructions; /* of a code object: where its instructions begin; negative: elsewhere */
    int file, name, qualified_name, first_line; /* of a code object; qualified_name 0: none */
    int ascii, wide; /* where the text of a string of ASCII begins, and of any other */
};

/* NULL: no such version. */
const struct tc_py_layout *tc_py_layout_of(int minor);

/* That of the interpreter in this process, once tc_py.ready. */
extern struct tc_py_layout tc_py_layout;

#endif
