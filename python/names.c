/* names.c: what the program calls an object that it makes; see objects.h.
 *
 * What: follows the value that the making call gives through the instructions behind it, to where
 * it is stored: by itself, as an element, or as what a function returns to its caller.  What is not
 * understood ends the search: no name is better than a wrong one.  A name is found once for each
 * place in the program. Threads: with the interpreter's lock.
 */
#include <string.h>

#include "preload/sys.h"
#include "python/name_walk.h"
#include "python/objects.h"

#define STEPS  200 /* instructions behind the making one */
#define FRAMES 4   /* functions that hand it on to their callers */

/* What is in an element of a list that a C function makes of what it is given one by one. */
static const char makers[] = "list tuple set frozenset deque dict OrderedDict ";

/* Behind such an instruction nothing of what an expression needs is on the stack. */
static bool ends_statement(enum tc_py_op op) {
    switch (op) {
    case TC_PY_OP_UNKNOWN:
    case TC_PY_OP_POP_TOP:
    case TC_PY_OP_STORE_FAST:
    case TC_PY_OP_STORE_NAME:
    case TC_PY_OP_STORE_GLOBAL:
    case TC_PY_OP_STORE_DEREF:
    case TC_PY_OP_STORE_ATTR:
    case TC_PY_OP_STORE_SUBSCR:
    case TC_PY_OP_STORE_FAST_STORE_FAST:
    case TC_PY_OP_RETURN_VALUE:
    case TC_PY_OP_YIELD_VALUE:
    case TC_PY_OP_JUMP_FORWARD:
    case TC_PY_OP_JUMP_ABSOLUTE:
    case TC_PY_OP_JUMP_BACKWARD:
    case TC_PY_OP_END_FOR:
        return true;
    default:
        return false;
    }
}

/* Puts the reader at the beginning of the statement that `position` is in. */
static void find_statement(struct tc_py_reader *reader, int position) {
    struct tc_py_instruction in;
    intptr_t begin = 0;
    while (tc_py_read(reader, &in) && in.at < position)
        if (ends_statement(in.op))
            begin = reader->next;
    reader->next = begin;
}

/* A function's value that is made by C code out of many, or by many calls. */
static bool is_comprehension(const struct tc_py_frame *frame) {
    char name[16];
    uint32_t length = tc_py_text(tc_py_at(frame->code, tc_py_layout.name), name, sizeof name);
    return length > 5 && name[0] == '<' && strcmp(name + length - 5, "comp>") == 0;
}

static bool is_called(const struct tc_py_frame *frame, struct tc_py_value callee) {
    char name[64];
    struct tc_text out = tc_text_begin(name, sizeof name - 1);
    if (callee.kind != TC_PY_PATH ||
        !tc_py_text(tc_py_at(frame->code, tc_py_layout.name), name, sizeof name - 2))
        return false;
    out.at += strlen(name);
    tc_text_add(&out, " ");
    return tc_py_name_ends_in(callee, name);
}

/* What `inner` returned or yielded is in what this frame's instruction makes: sets how.  False:
 * that is not sure. */
static bool comes_from(const struct tc_py_name_walk *walk, const struct tc_py_frame *inner,
                       bool yielded, struct tc_py_value *made) {
    bool direct = tc_py.minor >= 11 ? !inner->entry : is_called(inner, walk->callee);
    if (!yielded && (direct || is_comprehension(inner) || walk->strength))
        return true;
    if (!tc_py_name_ends_in(walk->callee, makers))
        return false;
    struct tc_py_value in_list = {.kind = TC_PY_MADE};
    struct tc_text out = tc_text_begin(in_list.text, sizeof in_list.text);
    bool pair = tc_py_name_ends_in(walk->callee, "dict OrderedDict ");
    const char *rest = pair && strncmp(made->text, "[1]", 3) == 0 ? made->text + 3 : made->text;
    tc_text_add(&out, "[..]");
    tc_text_add(&out, rest);
    *made = in_list;
    return true;
}

/* To the instruction that makes the value, and past it.  `inner`: the function that it calls, when
 * that is where the value comes from. */
static bool make(struct tc_py_name_walk *walk, const struct tc_py_frame *frame,
                 const struct tc_py_frame *inner, bool yielded, struct tc_py_value made) {
    struct tc_py_instruction in, then;
    find_statement(&walk->reader, frame->position);
    while (tc_py_read(&walk->reader, &in) && in.at <= frame->position) {
        struct tc_py_reader ahead = walk->reader;
        walk->making =
            !tc_py_read(&ahead, &then) || then.at > frame->position; /* or in its cache */
        if (!tc_py_name_step(walk, in) || !walk->making)
            continue;
        bool good = !inner || comes_from(walk, inner, yielded, &made);
        tc_py_name_pop(walk);
        tc_py_name_push(walk, made);
        return good;
    }
    return false;
}

/* The name that the value gets in a frame.  True: the function gives it to its caller, as `made`.
 */
static bool follow(struct tc_py_name_walk *walk, const struct tc_py_frame *frame,
                   const struct tc_py_frame *inner, bool *yielded, struct tc_py_value *made) {
    struct tc_py_instruction in;
    if (!tc_py_read_begin(&walk->reader, frame->code) || frame->position < 0)
        return false;
    if (!make(walk, frame, inner, *yielded, *made))
        return false;
    walk->making = false;
    for (int i = 0; i < STEPS && tc_py_name_is_there(walk); i++)
        if (!tc_py_read(&walk->reader, &in) || !tc_py_name_step(walk, in))
            break;
    *yielded = walk->left && in.op == TC_PY_OP_YIELD_VALUE;
    *made = tc_py_name_pop(walk);
    return walk->left && made->kind == TC_PY_MADE;
}

/* How many frames had a part in it. */
static unsigned find_name(const struct tc_py_frame *frames, unsigned count, char *name) {
    struct tc_py_value made = {.kind = TC_PY_MADE};
    bool yielded = false, more = true;
    unsigned used = 0;
    name[0] = 0;
    for (; more && used < count && used < FRAMES; used++) {
        struct tc_py_name_walk walk = {.strength = TC_PY_NO_NAME};
        if (used && tc_py_code_whose(frames[used].code) != TC_PY_OF_PROGRAM)
            break;
        more = follow(&walk, &frames[used], used ? &frames[used - 1] : NULL, &yielded, &made);
        tc_py_read_end(&walk.reader);
        if (walk.strength > TC_PY_NO_NAME) {
            strcpy(name, walk.name);
            more = more && walk.strength <= TC_PY_OF_LOCAL;
        }
    }
    tc_py.PyErr_Clear();
    return used;
}

/* By place; the code objects of places are kept alive with their stacks. */
#define PLACES 1024
static struct place {
    uint64_t where, callers;
    unsigned used;
    char name[TC_PY_NAME_BYTES];
} places[PLACES];

static uint64_t callers_of(const struct tc_py_frame *frames, unsigned used) {
    uint64_t sum = 0;
    for (unsigned i = 1; i < used; i++)
        sum = (sum + frames[i].where) * 0x9e3779b97f4a7c15ull;
    return sum;
}

const char *tc_py_name_of_new(const struct tc_py_frame *frames, unsigned count) {
    while (count && tc_py_code_whose(frames->code) != TC_PY_OF_PROGRAM)
        frames++, count--;
    if (!count)
        return NULL;
    struct place *place = &places[(frames->where * 0x9e3779b97f4a7c15ull) >> 54];
    if (place->where != frames->where || place->used > count ||
        place->callers != callers_of(frames, place->used)) {
        place->where = frames->where;
        place->used = find_name(frames, count, place->name);
        place->callers = callers_of(frames, place->used);
    }
    return place->name[0] ? place->name : NULL;
}
