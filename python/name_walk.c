/* name_walk.c: see name_walk.h; which instruction does what is in opcodes.def. */
#include "python/name_walk.h"

#include <string.h>

#include "preload/sys.h"

static const struct tc_py_value unknown;

/* The stack. */

void tc_py_name_push(struct tc_py_name_walk *walk, struct tc_py_value value) {
    if (walk->depth == TC_PY_NAME_STACK) { /* what is deepest is forgotten */
        memmove(walk->stack, walk->stack + 1, (TC_PY_NAME_STACK - 1) * sizeof *walk->stack);
        walk->depth--;
    }
    walk->stack[walk->depth++] = value;
}

struct tc_py_value tc_py_name_pop(struct tc_py_name_walk *walk) {
    return walk->depth ? walk->stack[--walk->depth] : unknown;
}

static void drop(struct tc_py_name_walk *walk, uint32_t count) {
    while (count-- > 0 && walk->depth)
        walk->depth--;
}

/* The value at `from_top`, 1 the top; what lies below all that is known becomes a place of it.
 * NULL: too deep. */
static struct tc_py_value *at(struct tc_py_name_walk *walk, uint32_t from_top) {
    if (from_top == 0 || from_top > TC_PY_NAME_STACK)
        return NULL;
    if ((int)from_top > walk->depth) {
        int missing = (int)from_top - walk->depth;
        memmove(walk->stack + missing, walk->stack, (size_t)walk->depth * sizeof *walk->stack);
        for (int i = 0; i < missing; i++)
            walk->stack[i] = unknown;
        walk->depth = (int)from_top;
    }
    return &walk->stack[walk->depth - (int)from_top];
}

bool tc_py_name_is_there(const struct tc_py_name_walk *walk) {
    for (int i = 0; i < walk->depth; i++)
        if (walk->stack[i].kind == TC_PY_MADE)
            return true;
    return false;
}

/* `value`, in an element of something else. */
static struct tc_py_value within(struct tc_py_value value, const char *index) {
    struct tc_py_value result = {.kind = TC_PY_MADE};
    struct tc_text out = tc_text_begin(result.text, sizeof result.text);
    tc_text_add(&out, index);
    tc_text_add(&out, value.text);
    return result;
}

struct tc_py_value tc_py_name_path(const char *object, const char *between, const char *part) {
    struct tc_py_value result = {.kind = TC_PY_PATH};
    struct tc_text out = tc_text_begin(result.text, sizeof result.text);
    tc_text_add(&out, object);
    tc_text_add(&out, between);
    tc_text_add(&out, part);
    return result;
}

/* "[2]", "['key']" or "[..]". */
void tc_py_name_index(const struct tc_py_name_walk *walk, struct tc_py_value key,
                      char text[TC_PY_NAME_TEXT]) {
    PyObject *constant =
        key.kind == TC_PY_CONSTANT ? tc_py_read_constant(&walk->reader, key.constant) : NULL;
    char name[TC_PY_NAME_TEXT / 2];
    struct tc_text out = tc_text_begin(text, TC_PY_NAME_TEXT);
    if (constant && constant->type == tc_py.PyUnicode_Type &&
        tc_py_text(constant, name, sizeof name) && strlen(name) < sizeof name - 1) {
        tc_text_add(&out, "['");
        tc_text_add(&out, name);
        tc_text_add(&out, "']");
    } else if (constant && constant->type == tc_py.PyLong_Type &&
               tc_py.PyLong_AsLong(constant) >= 0) {
        tc_text_add(&out, "[");
        tc_text_add_number(&out, (uint64_t)tc_py.PyLong_AsLong(constant));
        tc_text_add(&out, "]");
    } else {
        tc_text_add(&out, "[..]");
    }
    tc_py.PyErr_Clear();
    tc_py.Py_DecRef(constant);
}

/* Names. */

void tc_py_name_candidate(struct tc_py_name_walk *walk, int strength, const char *base,
                          const char *index, struct tc_py_value made) {
    if (strength <= walk->strength)
        return;
    walk->strength = strength;
    struct tc_text out = tc_text_begin(walk->name, sizeof walk->name);
    tc_text_add(&out, base);
    tc_text_add(&out, index);
    tc_text_add(&out, made.text);
}

/* Stores. */

static void store_variable(struct tc_py_name_walk *walk, struct tc_py_instruction in, bool second) {
    char name[TC_PY_NAME_TEXT];
    struct tc_py_value value = tc_py_name_pop(walk);
    if (value.kind == TC_PY_MADE && tc_py_read_name(&walk->reader, in, second, name, sizeof name)) {
        bool local = in.op == TC_PY_OP_STORE_FAST || in.op == TC_PY_OP_STORE_FAST_STORE_FAST ||
                     in.op == TC_PY_OP_STORE_FAST_LOAD_FAST;
        tc_py_name_candidate(walk, local ? TC_PY_OF_LOCAL : TC_PY_OF_SHARED, name, "", value);
    }
}

static bool do_store_attribute(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    char name[TC_PY_NAME_TEXT];
    struct tc_py_value object = tc_py_name_pop(walk), value = tc_py_name_pop(walk);
    if (value.kind == TC_PY_MADE && object.kind == TC_PY_PATH &&
        tc_py_read_name(&walk->reader, in, false, name, sizeof name))
        tc_py_name_candidate(walk, TC_PY_OF_SHARED, tc_py_name_path(object.text, ".", name).text,
                             "", value);
    return true;
}

static bool do_store_element(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    (void)in;
    struct tc_py_value key = tc_py_name_pop(walk), object = tc_py_name_pop(walk),
                       value = tc_py_name_pop(walk);
    char index[TC_PY_NAME_TEXT];
    if (value.kind != TC_PY_MADE || object.kind != TC_PY_PATH)
        return true;
    tc_py_name_index(walk, key, index);
    tc_py_name_candidate(walk, TC_PY_OF_SHARED, object.text, index, value);
    return true;
}

/* What loads, and what makes one of several. */

static void load(struct tc_py_name_walk *walk, struct tc_py_instruction in, bool second) {
    struct tc_py_value value = {.kind = TC_PY_PATH};
    if (!tc_py_read_name(&walk->reader, in, second, value.text, sizeof value.text))
        value = unknown;
    else if (strncmp(value.text, "__@tc_", 6) == 0)
        value.kind = TC_PY_OURS;
    bool with_null = in.op == TC_PY_OP_LOAD_GLOBAL && tc_py.minor >= 11 && in.argument & 1;
    if (with_null && tc_py.minor < 13)
        tc_py_name_push(walk, (struct tc_py_value){.kind = TC_PY_NULL});
    tc_py_name_push(walk, value);
    if (with_null && tc_py.minor >= 13)
        tc_py_name_push(walk, (struct tc_py_value){.kind = TC_PY_NULL});
}

/* A method is followed by the object that it is of. */
static bool do_load_attribute(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    char name[TC_PY_NAME_TEXT];
    struct tc_py_value object = tc_py_name_pop(walk);
    bool good =
        object.kind == TC_PY_PATH && tc_py_read_name(&walk->reader, in, false, name, sizeof name);
    tc_py_name_push(walk, good ? tc_py_name_path(object.text, ".", name) : unknown);
    if (in.op == TC_PY_OP_LOAD_METHOD || (tc_py.minor >= 12 && in.argument & 1))
        tc_py_name_push(walk, unknown);
    return true;
}

static bool do_load_element(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    (void)in;
    struct tc_py_value key = tc_py_name_pop(walk), object = tc_py_name_pop(walk);
    char index[TC_PY_NAME_TEXT];
    tc_py_name_index(walk, key, index);
    if (walk->making && object.kind == TC_PY_PATH)
        tc_py_name_candidate(walk, TC_PY_OF_SHARED, object.text, index,
                             (struct tc_py_value){.kind = TC_PY_MADE});
    tc_py_name_push(walk,
                    object.kind == TC_PY_PATH ? tc_py_name_path(object.text, "", index) : unknown);
    return true;
}

static bool do_build(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    uint32_t count = in.argument;
    struct tc_py_value result = unknown;
    for (uint32_t i = count; i-- > 0;) {
        struct tc_py_value value = tc_py_name_pop(walk);
        char index[TC_PY_NAME_TEXT];
        struct tc_text out = tc_text_begin(index, sizeof index);
        tc_text_add(&out, "[");
        tc_text_add_number(&out, i);
        tc_text_add(&out, "]");
        if (value.kind == TC_PY_MADE)
            result = within(value, index);
    }
    tc_py_name_push(walk, result);
    return true;
}

static bool do_build_map(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    uint32_t count = in.argument;
    struct tc_py_value result = unknown;
    char index[TC_PY_NAME_TEXT];
    while (count-- > 0) {
        struct tc_py_value value = tc_py_name_pop(walk), key = tc_py_name_pop(walk);
        if (value.kind == TC_PY_MADE) {
            tc_py_name_index(walk, key, index);
            result = within(value, index);
        }
    }
    tc_py_name_push(walk, result);
    return true;
}

/* Item `item` of the tuple that a constant is, as text; false: it is no string. */
bool tc_py_name_item(const struct tc_py_name_walk *walk, uint32_t constant, uint32_t item,
                     char text[TC_PY_NAME_TEXT]) {
    PyObject *tuple = tc_py_read_constant(&walk->reader, constant);
    bool good = tuple && tuple->type == tc_py.PyTuple_Type &&
                (intptr_t)item < tc_py.PyTuple_Size(tuple) &&
                tc_py_text(tc_py.PyTuple_GetItem(tuple, item), text, TC_PY_NAME_TEXT);
    tc_py.Py_DecRef(tuple);
    return good;
}

static bool do_build_map_of_constants(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    uint32_t count = in.argument;
    struct tc_py_value keys = tc_py_name_pop(walk), result = unknown;
    char name[TC_PY_NAME_TEXT], index[TC_PY_NAME_TEXT];
    for (uint32_t i = count; i-- > 0;) {
        struct tc_py_value value = tc_py_name_pop(walk);
        if (value.kind != TC_PY_MADE)
            continue;
        bool named = keys.kind == TC_PY_CONSTANT && tc_py_name_item(walk, keys.constant, i, name);
        struct tc_text out = tc_text_begin(index, sizeof index);
        tc_text_add(&out, named ? "['" : "[..]");
        tc_text_add(&out, named ? name : "");
        tc_text_add(&out, named ? "']" : "");
        result = within(value, index);
    }
    tc_py_name_push(walk, result);
    return true;
}

/* a, b = [..]: the first is on top then. */
static bool do_unpack(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    uint32_t count = in.argument;
    struct tc_py_value value = tc_py_name_pop(walk);
    uint32_t index = 0;
    const char *digit = value.text + 1;
    bool numbered =
        value.kind == TC_PY_MADE && value.text[0] == '[' && *digit >= '0' && *digit <= '9';
    while (numbered && *digit >= '0' && *digit <= '9')
        index = 10 * index + (uint32_t)(*digit++ - '0');
    for (uint32_t i = count; i-- > 0;) {
        struct tc_py_value one = {.kind = TC_PY_MADE};
        struct tc_text out = tc_text_begin(one.text, sizeof one.text);
        if (numbered)
            tc_text_add(&out, digit + 1);
        tc_py_name_push(walk, numbered && i == index ? one : unknown);
    }
    return true;
}

/* Into the list or dict of a comprehension. */
static bool do_collect(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    struct tc_py_value value = tc_py_name_pop(walk);
    if (in.op == TC_PY_OP_MAP_ADD)
        drop(walk, 1);
    struct tc_py_value *container = value.kind == TC_PY_MADE ? at(walk, in.argument) : NULL;
    if (container) {
        *container = within(value, "[..]");
        walk->collected = true;
    }
    return true;
}

/* Back to a loop's head: what follows is its end, without its iterator. */
static bool do_loop_back(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    (void)in;
    bool known = walk->collected;
    if (known)
        drop(walk, 1);
    walk->collected = false;
    return known;
}

/* A loop that comes to its end passes over this. */
static bool do_loop_end(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    (void)in;
    walk->pops_to_skip = tc_py.minor >= 13;
    return true;
}

/* The other instructions. */

static bool do_prefix(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    (void)walk, (void)in;
    return false;
}

static bool do_nothing(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    (void)walk, (void)in;
    return true;
}

static bool do_keywords(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    walk->keywords = in.argument;
    return true;
}

static bool do_pop(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    (void)in;
    if (walk->pops_to_skip)
        walk->pops_to_skip--;
    else
        drop(walk, 1);
    return true;
}

/* Code, before 3.11 its name, too, and up to 3.12 what each bit of the argument stands for. */
static bool do_function(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    drop(walk, tc_py.minor < 11 ? 2 : 1);
    for (uint32_t more = in.argument; tc_py.minor < 13 && more; more &= more - 1)
        drop(walk, 1);
    tc_py_name_push(walk, unknown);
    return true;
}

static bool do_copy(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    const struct tc_py_value *one = at(walk, in.op == TC_PY_OP_COPY ? in.argument : 1);
    if (!one)
        return false;
    struct tc_py_value copy = *one;
    tc_py_name_push(walk, copy);
    return true;
}

static bool do_swap(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    struct tc_py_value *other = at(walk, in.op == TC_PY_OP_SWAP ? in.argument : 2);
    struct tc_py_value *top = at(walk, 1);
    if (!other)
        return false;
    struct tc_py_value copy = *top;
    *top = *other;
    *other = copy;
    return true;
}

/* The top goes below two or three others. */
static bool do_rotate(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    uint32_t deep = in.op == TC_PY_OP_ROT_THREE ? 3 : 4;
    struct tc_py_value *place = at(walk, deep), top = *at(walk, 1);
    memmove(place + 1, place, (deep - 1) * sizeof *place);
    *place = top;
    return true;
}

static bool do_null(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    (void)in;
    tc_py_name_push(walk, (struct tc_py_value){.kind = TC_PY_NULL});
    return true;
}

static bool do_load(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    load(walk, in, false);
    return true;
}

static bool do_load_two(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    load(walk, in, false);
    load(walk, in, true);
    return true;
}

static bool do_constant(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    tc_py_name_push(walk, (struct tc_py_value){.kind = TC_PY_CONSTANT, .constant = in.argument});
    return true;
}

static bool do_store(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    store_variable(walk, in, false);
    return true;
}

static bool do_store_two(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    store_variable(walk, in, false);
    store_variable(walk, in, true);
    return true;
}

static bool do_store_and_load(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    store_variable(walk, in, false);
    load(walk, in, true);
    return true;
}

static bool do_return(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    (void)in;
    walk->left = true;
    return false;
}

static bool do_jump(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    walk->reader.next += in.argument * (tc_py.minor >= 10 ? 2u : 1u);
    return true;
}

typedef bool action(struct tc_py_name_walk *walk, struct tc_py_instruction in);

static action *const actions[TC_PY_OPS] = {
    NULL,
#define do_call                         tc_py_name_call
#define TC_PY_OPCODE(name, action, ...) do_##action,
#include "python/opcodes.def"
#undef TC_PY_OPCODE
};

bool tc_py_name_step(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    walk->callee = unknown;
    return in.op != TC_PY_OP_UNKNOWN && actions[in.op](walk, in);
}
