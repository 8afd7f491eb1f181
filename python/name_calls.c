/* name_calls.c: calls in the walk that looks for a name; see name_walk.h.
 *
 * What: what a call gives, and what it says of a value that it is given: the name of an argument,
 * or the list or dict that it is put into.
 */
#include <string.h>

#include "preload/sys.h"
#include "python/name_walk.h"

static const struct tc_py_value unknown;

/* Whether the last part of a path is one of `names`, each with a blank behind it. */
bool tc_py_name_ends_in(struct tc_py_value callee, const char *names) {
    if (callee.kind != TC_PY_PATH)
        return false;
    const char *dot = strrchr(callee.text, '.');
    const char *last = dot ? dot + 1 : callee.text, *found = names;
    size_t length = strlen(last);
    while ((found = strstr(found, last)) && length) {
        if ((found == names || found[-1] == ' ') && found[length] == ' ')
            return true;
        found++;
    }
    return false;
}

/* "self.locks" of "self.locks.append". */
static struct tc_py_value object_of(struct tc_py_value method) {
    char *dot = method.kind == TC_PY_PATH ? strrchr(method.text, '.') : NULL;
    if (!dot)
        return unknown;
    *dot = 0;
    return method;
}

struct call {
    struct tc_py_value callee;
    struct tc_py_value arguments[8]; /* the last ones come last; only so many are looked at */
    uint32_t count;
    uint32_t keywords; /* how many have a name */
    uint32_t keyword_names;
};

#define LOOKED_AT(call) ((call)->count < 8 ? (call)->count : 8)

static const char hand_over[] = "append add appendleft insert push put put_nowait ";
static const char makers[] = "list tuple set frozenset deque ";
static const char dictionaries[] = "dict OrderedDict ";

/* What a call gives that is called with what was made, as argument `which`. */
static struct tc_py_value given_to(struct tc_py_name_walk *walk, const struct call *call,
                                   uint32_t which) {
    struct tc_py_value made = call->arguments[which], object = object_of(call->callee);
    char name[TC_PY_NAME_TEXT], index[TC_PY_NAME_TEXT];
    bool last = which + 1 == call->count;
    if (which + call->keywords >= call->count) {
        uint32_t item = which - (call->count - call->keywords);
        if (tc_py_name_item(walk, call->keyword_names, item, name))
            tc_py_name_candidate(walk, TC_PY_BY_KEYWORD, name, "", made);
    } else if (object.kind == TC_PY_PATH && last && tc_py_name_ends_in(call->callee, hand_over)) {
        tc_py_name_candidate(walk, TC_PY_OF_SHARED, object.text, "[..]", made);
    } else if (object.kind == TC_PY_PATH && which == 1 &&
               tc_py_name_ends_in(call->callee, "setdefault ")) {
        tc_py_name_index(walk, call->arguments[0], index);
        tc_py_name_candidate(walk, TC_PY_OF_SHARED, object.text, index, made);
        return made;
    } else if (which == 2 && tc_py_name_ends_in(call->callee, "setattr ") &&
               call->arguments[0].kind == TC_PY_PATH && call->arguments[1].kind == TC_PY_CONSTANT) {
        PyObject *attribute = tc_py_read_constant(&walk->reader, call->arguments[1].constant);
        if (tc_py_text(attribute, name, sizeof name))
            tc_py_name_candidate(walk, TC_PY_OF_SHARED,
                                 tc_py_name_path(call->arguments[0].text, ".", name).text, "",
                                 made);
        tc_py.Py_DecRef(attribute);
    } else if (call->count == 1 && made.text[0] == '[' &&
               (tc_py_name_ends_in(call->callee, makers) ||
                tc_py_name_ends_in(call->callee, dictionaries))) {
        return made;
    }
    return unknown;
}

static struct tc_py_value result_of(struct tc_py_name_walk *walk, const struct call *call) {
    if (call->callee.kind ==
        TC_PY_OURS) { /* __@tc_k__(site, container, key), the others (site, value) */
        uint32_t which = call->callee.text[6] == 'k' ? 2 : 1;
        return which < call->count && which < 8 ? call->arguments[which] : unknown;
    }
    for (uint32_t i = 0; i < LOOKED_AT(call); i++)
        if (call->arguments[i].kind == TC_PY_MADE)
            return given_to(walk, call, i);
    return unknown;
}

/* Takes a call and what it is called with off the stack. */
static struct call take_call(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    struct call call = {.count = in.argument};
    bool named = in.op == TC_PY_OP_CALL_KW || in.op == TC_PY_OP_CALL_FUNCTION_KW;
    if (named) {
        struct tc_py_value names = tc_py_name_pop(walk);
        walk->keywords = names.kind == TC_PY_CONSTANT ? names.constant : 0;
    }
    if (walk->keywords) {
        PyObject *names = tc_py_read_constant(&walk->reader, walk->keywords);
        if (names && names->type == tc_py.PyTuple_Type)
            call.keywords = (uint32_t)tc_py.PyTuple_Size(names);
        tc_py.Py_DecRef(names);
        call.keyword_names = walk->keywords;
        walk->keywords = 0;
    }
    for (uint32_t i = call.count; i-- > 0;) {
        struct tc_py_value value = tc_py_name_pop(walk);
        if (i < 8)
            call.arguments[i] = value;
    }
    struct tc_py_value above = tc_py_name_pop(walk), below = unknown;
    if (in.op != TC_PY_OP_CALL_FUNCTION && in.op != TC_PY_OP_CALL_FUNCTION_KW)
        below = tc_py_name_pop(walk);
    bool alone = below.kind == TC_PY_UNKNOWN || below.kind == TC_PY_NULL;
    call.callee = alone ? above : below;
    return call;
}

bool tc_py_name_call(struct tc_py_name_walk *walk, struct tc_py_instruction in) {
    struct call call = take_call(walk, in);
    walk->callee = call.callee;
    tc_py_name_push(walk, result_of(walk, &call));
    return true;
}
