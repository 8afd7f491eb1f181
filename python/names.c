/* names.c: what the program calls an object that it makes; see objects.h.
 *
 * What: looks at the instructions behind the call that makes it: they store what it gave.  A name
 * is found once for each place in the program. Threads: with the interpreter's lock.
 */
#include <string.h>

#include "preload/sys.h"
#include "python/objects.h"

/* The instructions that matter, by version.  From 3.14 on the analyzer looks into the source. */
enum op {
    OP_NONE,
    OP_STORE_NAME,
    OP_STORE_GLOBAL,
    OP_STORE_FAST,
    OP_STORE_DEREF,
    OP_STORE_ATTR,
    OP_STORE_SUBSCR,
    OP_LOAD_FAST,
    OP_LOAD_NAME,
    OP_LOAD_GLOBAL,
    OP_LOAD_DEREF,
    OP_LOAD_ATTR,
    OP_LOAD_CONST,
    OP_LIST_APPEND,
    OP_EXTENDED_ARG,
    OP_COPY, /* of the top: DUP_TOP before 3.11 */
    OPS
};

static const struct opcodes {
    int first, last;
    uint8_t code[OPS];
} versions[] = {
    {8, 10, {0, 90, 97, 125, 137, 95, 60, 124, 101, 116, 136, 106, 100, 145, 144, 4}},
    {11, 12, {0, 90, 97, 125, 138, 95, 60, 124, 101, 116, 137, 106, 100, 145, 144, 120}},
    {13, 13, {0, 114, 113, 110, 109, 108, 39, 85, 92, 91, 84, 82, 83, 80, 71, 61}},
};

struct instruction {
    enum op op;
    uint32_t argument;
};

/* A code object, taken apart. */
struct reader {
    const struct opcodes *opcodes;
    PyObject *code;
    const uint8_t *bytes;
    intptr_t size, at;
};

static enum op op_of(const struct opcodes *opcodes, uint8_t code) {
    for (int op = 1; op < OPS; op++)
        if (opcodes->code[op] == code)
            return (enum op)op;
    return OP_NONE;
}

/* The next instruction; caches of the interpreter's are passed over. */
static bool next(struct reader *reader, struct instruction *result) {
    uint32_t argument = 0;
    while (reader->at + 1 < reader->size) {
        uint8_t code = reader->bytes[reader->at], low = reader->bytes[reader->at + 1];
        reader->at += 2;
        if (code == 0 && tc_py.minor >= 11)
            continue;
        argument = argument << 8 | low;
        result->op = op_of(reader->opcodes, code);
        if (result->op == OP_EXTENDED_ARG)
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
static bool from(const struct reader *reader, const char *attribute, uint32_t index, char *text,
                 uint32_t size) {
    PyObject *tuple = tc_py.PyObject_GetAttrString(reader->code, attribute);
    bool found = text_of(tuple, index, text, size);
    tc_py.Py_DecRef(tuple);
    return found;
}

/* From 3.11 on variables, cells that are no arguments, and free variables are numbered as one. */
static bool cell_name(const struct reader *reader, uint32_t index, char *text, uint32_t size) {
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

/* The name that an instruction loads or stores. */
static bool name_of(const struct reader *reader, struct instruction in, char *text, uint32_t size) {
    uint32_t index = in.argument;
    switch (in.op) {
    case OP_LOAD_GLOBAL: /* one bit says something else */
        return from(reader, "co_names", tc_py.minor >= 11 ? index >> 1 : index, text, size);
    case OP_LOAD_ATTR:
        return from(reader, "co_names", tc_py.minor >= 12 ? index >> 1 : index, text, size);
    case OP_STORE_NAME:
    case OP_STORE_GLOBAL:
    case OP_STORE_ATTR:
    case OP_LOAD_NAME:
        return from(reader, "co_names", index, text, size);
    case OP_STORE_FAST:
    case OP_LOAD_FAST:
        return from(reader, "co_varnames", index, text, size);
    case OP_STORE_DEREF:
    case OP_LOAD_DEREF:
        return cell_name(reader, index, text, size);
    default:
        return false;
    }
}

static bool is_load(enum op op) {
    return op == OP_LOAD_FAST || op == OP_LOAD_NAME || op == OP_LOAD_GLOBAL || op == OP_LOAD_DEREF;
}

static bool is_store(enum op op) {
    return op == OP_STORE_NAME || op == OP_STORE_GLOBAL || op == OP_STORE_FAST ||
           op == OP_STORE_DEREF;
}

#define NAME_BYTES 120

/* Code that is rewritten for races (races.py) calls functions of ours on the way. */
static bool is_ours(const struct reader *reader, struct instruction in) {
    char name[8];
    return (in.op == OP_LOAD_GLOBAL || in.op == OP_LOAD_NAME) &&
           name_of(reader, in, name, sizeof name) && strncmp(name, "__@tc_", 6) == 0;
}

/* Passes over what such a call begins with: the function, with a NULL before or behind it from 3.11
 * on, and the site.  `ours`: there was one. */
static bool pass_ours(struct reader *reader, struct instruction *in, bool *ours) {
    struct reader ahead = *reader;
    struct instruction then;
    if (in->op == OP_NONE && next(&ahead, &then) && is_ours(reader, then)) {
        *reader = ahead;
        *in = then;
    }
    while (is_ours(reader, *in)) {
        *ours = true;
        while (in->op != OP_LOAD_CONST)
            if (!next(reader, in))
                return false;
        if (!next(reader, in))
            return false;
        if (in->op == OP_NONE && !pass_ours(reader, in, ours))
            return false;
    }
    return true;
}

/* x.a.b, or x[..], when what follows stores there; `in` loads x. */
static bool target(struct reader *reader, struct instruction in, bool ours, char *name) {
    char part[NAME_BYTES / 3];
    struct tc_text out = tc_text_begin(name, NAME_BYTES);
    if (!pass_ours(reader, &in, &ours) || !name_of(reader, in, part, sizeof part))
        return false;
    tc_text_add(&out, part);
    bool plain = true; /* no index so far */
    for (int i = 0; i < (ours ? 16 : 6) && next(reader, &in); i++) {
        if (!pass_ours(reader, &in, &ours))
            return false;
        if (in.op == OP_STORE_SUBSCR && !plain) {
            tc_text_add(&out, "[..]");
            return true;
        }
        if ((in.op == OP_LOAD_ATTR || in.op == OP_STORE_ATTR) && plain) {
            if (!name_of(reader, in, part, sizeof part))
                return false;
            tc_text_add(&out, ".");
            tc_text_add(&out, part);
            if (in.op == OP_STORE_ATTR)
                return true;
        } else if (plain && (is_load(in.op) || in.op == OP_LOAD_CONST)) {
            plain = false;
        } else if (ours && (in.op == OP_NONE || is_load(in.op) || in.op == OP_LOAD_CONST)) {
            continue; /* a call of ours, or what it is called with */
        } else {
            return false;
        }
    }
    return false;
}

/* From 3.12 on a list is made in the code that stores it, behind the end of the loop, where the
 * loop's variable gets back the value that it had outside. */
static bool stored_list(struct reader *reader, char *name) {
    struct instruction in;
    for (int i = 0; i < 12 && next(reader, &in); i++) {
        if (in.op != OP_STORE_FAST)
            continue;
        if (!next(reader, &in))
            return false;
        if (is_store(in.op))
            return name_of(reader, in, name, NAME_BYTES);
        bool ours = false;
        return pass_ours(reader, &in, &ours) && is_load(in.op) && target(reader, in, ours, name);
    }
    return false;
}

/* x = @tc_g(site, Lock()): one call more before the store. */
static bool is_announced(const struct reader *reader) {
    struct reader from = {reader->opcodes, reader->code, reader->bytes, reader->at, 0};
    struct instruction in;
    int since = 100; /* instructions */
    while (next(&from, &in))
        since = is_ours(reader, in) ? 0 : since + 1;
    return since < 8;
}

static bool skip_call(struct reader *reader, struct instruction *in) {
    bool more = in->op == OP_NONE && is_announced(reader) && next(reader, in);
    if (more && in->op == OP_NONE && tc_py.minor == 11) /* PRECALL, CALL */
        more = next(reader, in);
    return more;
}

/* What is stored to from where the frame is; `element`: what is made is one of several. */
static bool stored(struct reader *reader, char *name, bool *element) {
    struct instruction in;
    if (!next(reader, &in))
        return false;
    if (skip_call(reader, &in) && !is_store(in.op))
        return false;
    if (in.op == OP_COPY && !next(reader, &in)) /* a = b = Lock() */
        return false;
    if (in.op == OP_LIST_APPEND) {
        *element = true;
        return tc_py.minor >= 12 && stored_list(reader, name);
    }
    if (is_store(in.op))
        return name_of(reader, in, name, NAME_BYTES);
    bool ours = false;
    return pass_ours(reader, &in, &ours) && is_load(in.op) && target(reader, in, ours, name);
}

static const struct opcodes *opcodes_of(int minor) {
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        if (minor >= versions[i].first && minor <= versions[i].last)
            return &versions[i];
    return NULL;
}

static bool look_at(const struct tc_py_frame *frame, char *name, bool *element) {
    struct reader reader = {.opcodes = opcodes_of(tc_py.minor), .code = frame->code};
    if (!reader.opcodes)
        return false;
    PyObject *bytes = tc_py.PyObject_GetAttrString(frame->code, "co_code");
    bool found = false;
    if (bytes && tc_py.PyBytes_AsStringAndSize(bytes, (char **)&reader.bytes, &reader.size) == 0) {
        reader.at = frame->position + 2;
        found = frame->position >= 0 && stored(&reader, name, element);
    }
    tc_py.Py_DecRef(bytes);
    tc_py.PyErr_Clear();
    return found;
}

static const char *find_name(const struct tc_py_frame *frames, unsigned count) {
    static struct tc_arena arena;
    char name[NAME_BYTES + 8] = "";
    bool element = false;
    bool found = look_at(&frames[0], name, &element);
    if (!found && element && count > 1) /* a list comprehension is a function of its own */
        found = look_at(&frames[1], name, &element);
    if (!found)
        return NULL;
    if (element)
        strcat(name, "[..]");
    size_t size = strlen(name) + 1;
    char *kept = tc_arena_take(&arena, size);
    return kept ? memcpy(kept, name, size) : NULL;
}

/* By place; the code objects of places are kept alive with their stacks. */
#define PLACES 1024
static struct place {
    uint64_t where;
    const char *name;
} places[PLACES];

const char *tc_py_name_of_new(const struct tc_py_frame *frames, unsigned count) {
    while (count && tc_py_code_whose(frames->code) != TC_PY_OF_PROGRAM)
        frames++, count--;
    if (!count)
        return NULL;
    struct place *place = &places[(frames->where * 0x9e3779b97f4a7c15ull) >> 54];
    if (place->where != frames->where)
        *place = (struct place){frames->where, find_name(frames, count)};
    return place->name;
}
