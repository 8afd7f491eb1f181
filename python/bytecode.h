/* bytecode.h: a code object's instructions, one after the other, in one language for all versions.
 *
 * Threads: with the interpreter's lock.
 */
#ifndef TC_PYTHON_BYTECODE_H
#define TC_PYTHON_BYTECODE_H

#include "python/frames.h"

enum tc_py_op {
    TC_PY_OP_UNKNOWN,
#define TC_PY_OPCODE(name, ...) TC_PY_OP_##name,
#include "python/opcodes.def"
#undef TC_PY_OPCODE
    TC_PY_OPS
};

struct tc_py_instruction {
    enum tc_py_op op;
    uint32_t argument;
    intptr_t at; /* in the code, behind the prefixes that make the argument longer */
};

struct tc_py_reader {
    PyObject *code;
    PyObject *bytes_object;
    const uint8_t *bytes;
    intptr_t size, next;
};

/* False: nothing is known of this version's instructions, or the code has none. */
bool tc_py_read_begin(struct tc_py_reader *reader, PyObject *code);
void tc_py_read_end(struct tc_py_reader *reader);

/* The next instruction; the interpreter's caches are passed over.  False: the code ends. */
bool tc_py_read(struct tc_py_reader *reader, struct tc_py_instruction *result);

/* The name that an instruction loads, stores or looks up, as text; false: it has none.  `second`:
 * the other one of an instruction that has two. */
bool tc_py_read_name(const struct tc_py_reader *reader, struct tc_py_instruction in, bool second,
                     char *text, uint32_t size);

/* Constant `index` of the code, a new reference; NULL. */
PyObject *tc_py_read_constant(const struct tc_py_reader *reader, uint32_t index);

#endif
