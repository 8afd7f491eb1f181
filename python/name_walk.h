/* name_walk.h: follows a value that is made through the instructions behind it (names.c).
 *
 * What: on a stack of which only that value is known, and what the source says of the others.
 *       Between instructions the walk can be looked at and changed by its owner.
 * Threads: with the interpreter's lock.
 */
#ifndef TC_PYTHON_NAME_WALK_H
#define TC_PYTHON_NAME_WALK_H

#include "python/bytecode.h"

#define TC_PY_NAME_TEXT  72  /* bytes of one value's */
#define TC_PY_NAME_BYTES 112 /* of a name */
#define TC_PY_NAME_STACK 28

enum tc_py_value_kind {
    TC_PY_UNKNOWN,
    TC_PY_NULL,     /* of a call */
    TC_PY_PATH,     /* the text is what the source says: self.locks */
    TC_PY_CONSTANT, /* by its number */
    TC_PY_OURS,     /* a function of ours, in code that is rewritten for races (races.py) */
    TC_PY_MADE,     /* what is made, or what it is in: then the text says where, as in "[0]" */
};

struct tc_py_value {
    enum tc_py_value_kind kind;
    uint32_t constant;
    char text[TC_PY_NAME_TEXT];
};

/* How good a name is. */
enum tc_py_name_strength { TC_PY_NO_NAME, TC_PY_BY_KEYWORD, TC_PY_OF_LOCAL, TC_PY_OF_SHARED };

struct tc_py_name_walk {
    struct tc_py_reader reader;
    struct tc_py_value stack[TC_PY_NAME_STACK];
    int depth;
    bool making;               /* this instruction makes the value */
    struct tc_py_value callee; /* what it calls */
    uint32_t keywords; /* the constant that names the arguments of the call that comes; 0: none */
    bool collected;    /* the value went into a list or dict that a loop makes */
    int pops_to_skip;  /* POP_TOP of a loop's end */
    bool left;         /* the function returned or yielded */
    int strength;
    char name[TC_PY_NAME_BYTES];
};

/* Does what one instruction does; false: the search ends, as nothing is known of it. */
bool tc_py_name_step(struct tc_py_name_walk *walk, struct tc_py_instruction in);

/* The value on top of the stack, taken off; an unknown one when nothing is known of it. */
struct tc_py_value tc_py_name_pop(struct tc_py_name_walk *walk);
void tc_py_name_push(struct tc_py_name_walk *walk, struct tc_py_value value);

/* Whether the value is on the stack still. */
bool tc_py_name_is_there(const struct tc_py_name_walk *walk);

/* Whether the last part of a path is one of `names`, each with a blank behind it. */
bool tc_py_name_ends_in(struct tc_py_value callee, const char *names);

/* For the walk's own parts: */

/* An instruction that calls (name_calls.c). */
bool tc_py_name_call(struct tc_py_name_walk *walk, struct tc_py_instruction in);

/* A name for `made`: base, index, and where in there it is; kept when it is better than what was.
 */
void tc_py_name_candidate(struct tc_py_name_walk *walk, int strength, const char *base,
                          const char *index, struct tc_py_value made);

/* A path of these parts. */
struct tc_py_value tc_py_name_path(const char *object, const char *between, const char *part);

/* "[2]", "['key']" or "[..]". */
void tc_py_name_index(const struct tc_py_name_walk *walk, struct tc_py_value key,
                      char text[TC_PY_NAME_TEXT]);

/* Item `item` of the tuple that a constant is, as text; false: it is no string. */
bool tc_py_name_item(const struct tc_py_name_walk *walk, uint32_t constant, uint32_t item,
                     char text[TC_PY_NAME_TEXT]);

#endif
