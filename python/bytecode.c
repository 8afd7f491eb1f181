/* bytecode.c: see bytecode.h; the instructions of each version are in opcodes.def. */
#include "python/bytecode.h"

#define FIRST_MINOR 8
#define VERSIONS    6

/* From 3.14 on the analyzer looks into the source. */
static const uint8_t codes[TC_PY_OPS][VERSIONS] = {
    {0},
#define TC_PY_OPCODE(name, action, ...) {__VA_ARGS__},
#include "python/opcodes.def"
#undef TC_PY_OPCODE
};

static uint8_t ops[256]; /* of this version, by code; made when first needed */

static void make_ops(void) {
    for (int op = 1; op < TC_PY_OPS; op++)
        ops[codes[op][tc_py.minor - FIRST_MINOR]] = (uint8_t)op;
    ops[0] = TC_PY_OP_UNKNOWN;
}

bool tc_py_read_begin(struct tc_py_reader *reader, PyObject *code) {
    *reader = (struct tc_py_reader){.code = code};
    if (tc_py.minor < FIRST_MINOR || tc_py.minor >= FIRST_MINOR + VERSIONS)
        return false;
    if (!ops[codes[TC_PY_OP_EXTENDED_ARG][tc_py.minor - FIRST_MINOR]])
        make_ops();
    reader->bytes_object = tc_py.PyObject_GetAttrString(code, "co_code");
    return reader->bytes_object &&
           tc_py.PyBytes_AsStringAndSize(reader->bytes_object, (char **)&reader->bytes,
                                         &reader->size) == 0;
}

void tc_py_read_end(struct tc_py_reader *reader) {
    tc_py.Py_DecRef(reader->bytes_object);
}

bool tc_py_read(struct tc_py_reader *reader, struct tc_py_instruction *result) {
    uint32_t argument = 0;
    while (reader->next + 1 < reader->size) {
        uint8_t code = reader->bytes[reader->next], low = reader->bytes[reader->next + 1];
        result->at = reader->next;
        reader->next += 2;
        if (code == 0 && tc_py.minor >= 11) /* a cache */
            continue;
        argument = argument << 8 | low;
        result->op = (enum tc_py_op)ops[code];
        if (result->op == TC_PY_OP_EXTENDED_ARG)
            continue;
        result->argument = argument;
        return true;
    }
    return false;
}

static bool text_of(PyObject *tuple, uint32_t index, char *text, uint32_t size) {
    intptr_t count = tuple ? tc_py.PyTuple_Size(tuple) : 0;
    return (intptr_t)index < count && tc_py_text(tc_py.PyTuple_GetItem(tuple, index), text, size);
}

static bool contains(PyObject *tuple, PyObject *name) {
    for (intptr_t i = 0; i < tc_py.PyTuple_Size(tuple); i++)
        if (tc_py.PyUnicode_Compare(tc_py.PyTuple_GetItem(tuple, i), name) == 0)
            return true;
    return false;
}

/* Entry `index` of a tuple that is an attribute of the code. */
static bool from(const struct tc_py_reader *reader, const char *attribute, uint32_t index,
                 char *text, uint32_t size) {
    PyObject *tuple = tc_py.PyObject_GetAttrString(reader->code, attribute);
    bool found = text_of(tuple, index, text, size);
    tc_py.Py_DecRef(tuple);
    return found;
}

/* From 3.11 on variables, cells that are no arguments, and free variables are numbered as one. */
static bool cell_name(const struct tc_py_reader *reader, uint32_t index, char *text,
                      uint32_t size) {
    PyObject *cells = tc_py.PyObject_GetAttrString(reader->code, "co_cellvars");
    PyObject *locals = tc_py.PyObject_GetAttrString(reader->code, "co_varnames");
    bool found = false;
    if (cells && locals) {
        uint32_t before = tc_py.minor >= 11 ? (uint32_t)tc_py.PyTuple_Size(locals) : 0;
        if (index < before) {
            found = text_of(locals, index, text, size);
        } else {
            uint32_t at = before;
            for (intptr_t i = 0; i < tc_py.PyTuple_Size(cells) && !found; i++) {
                PyObject *cell = tc_py.PyTuple_GetItem(cells, i);
                if (tc_py.minor >= 11 && contains(locals, cell))
                    continue;
                if (at++ == index)
                    found = tc_py_text(cell, text, size) > 0;
            }
            if (!found && index >= at)
                found = from(reader, "co_freevars", index - at, text, size);
        }
    }
    tc_py.Py_DecRef(cells);
    tc_py.Py_DecRef(locals);
    return found;
}

bool tc_py_read_name(const struct tc_py_reader *reader, struct tc_py_instruction in, bool second,
                     char *text, uint32_t size) {
    uint32_t index = in.argument;
    switch (in.op) {
    case TC_PY_OP_LOAD_GLOBAL: /* one bit says something else */
        return from(reader, "co_names", tc_py.minor >= 11 ? index >> 1 : index, text, size);
    case TC_PY_OP_LOAD_ATTR:
        return from(reader, "co_names", tc_py.minor >= 12 ? index >> 1 : index, text, size);
    case TC_PY_OP_LOAD_METHOD:
    case TC_PY_OP_STORE_NAME:
    case TC_PY_OP_STORE_GLOBAL:
    case TC_PY_OP_STORE_ATTR:
    case TC_PY_OP_LOAD_NAME:
        return from(reader, "co_names", index, text, size);
    case TC_PY_OP_STORE_FAST:
    case TC_PY_OP_LOAD_FAST:
    case TC_PY_OP_LOAD_FAST_CHECK:
        return from(reader, "co_varnames", index, text, size);
    case TC_PY_OP_LOAD_FAST_LOAD_FAST:
    case TC_PY_OP_STORE_FAST_STORE_FAST:
    case TC_PY_OP_STORE_FAST_LOAD_FAST:
        return from(reader, "co_varnames", second ? index & 15 : index >> 4, text, size);
    case TC_PY_OP_STORE_DEREF:
    case TC_PY_OP_LOAD_DEREF:
        return cell_name(reader, index, text, size);
    default:
        return false;
    }
}

PyObject *tc_py_read_constant(const struct tc_py_reader *reader, uint32_t index) {
    PyObject *tuple = tc_py.PyObject_GetAttrString(reader->code, "co_consts");
    PyObject *found = tuple && (intptr_t)index < tc_py.PyTuple_Size(tuple)
                          ? tc_py_add_reference(tc_py.PyTuple_GetItem(tuple, index))
                          : NULL;
    tc_py.Py_DecRef(tuple);
    return found;
}
