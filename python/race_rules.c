/* race_rules.c: see race_rules.h.  What the rules say of a function is kept by its code object. */
#include "python/race_rules.h"

#include <string.h>

#include "preload/sys.h"
#include "python/frames.h"

#include "preload/poison.h"

#define DEEP  6 /* frames looked at: a Condition within an Event within a Thread */
#define KNOWN 1024

static const struct rule {
    const char *file, *function;
    enum tc_pyrace_order order;
} rules[] = {
#define TC_PYRACE_RULE(file, function, order) {file, function, TC_ORDER_##order},
#include "python/race_rules.def"
#undef TC_PYRACE_RULE
};

static struct known {
    PyObject *code; /* kept alive */
    enum tc_pyrace_order order;
} known[KNOWN];

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), want = strlen(end);
    return length >= want && strcmp(text + length - want, end) == 0;
}

static bool begins_with(const char *text, const char *begin) {
    return strncmp(text, begin, strlen(begin)) == 0;
}

/* Before 3.11 code has no qualified name: the first argument's class, or one it is made from, gives
 * the rest. */
static bool method_fits(const struct rule *rule, const struct tc_py_frame *frame,
                        const char *name) {
    PyObject *self = tc_py_at(frame->frame, tc_py_layout.locals);
    PyObject *classes = self ? tc_py_at(self->type, 344) : NULL; /* tp_mro */
    intptr_t count = classes ? tc_py.PyTuple_Size(classes) : 0;
    for (intptr_t i = 0; i < count; i++) {
        char text[200];
        const char *class = tc_py_at(tc_py.PyTuple_GetItem(classes, i), 24); /* tp_name */
        struct tc_text out = tc_text_begin(text, sizeof text);
        tc_text_add(&out, class);
        tc_text_add(&out, ".");
        tc_text_add(&out, name);
        if (begins_with(text, rule->function))
            return true;
    }
    return rule->function[0] == 0;
}

/* A program may have a queue.py of its own. */
static TC_COLD enum tc_pyrace_order look_up(const struct tc_py_frame *frame) {
    char file[512], name[200];
    if (tc_py_code_whose(frame->code) == TC_PY_OF_PROGRAM)
        return TC_ORDER_USER;
    tc_py_text(tc_py_at(frame->code, tc_py_layout.file), file, sizeof file);
    int qualified = tc_py_layout.qualified_name;
    tc_py_text(tc_py_at(frame->code, qualified ? qualified : tc_py_layout.name), name, sizeof name);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (ends_with(file, rules[i].file) && (qualified ? begins_with(name, rules[i].function)
                                                         : method_fits(&rules[i], frame, name)))
            return rules[i].order;
    return TC_ORDER_USER;
}

static enum tc_pyrace_order rule_of(const struct tc_py_frame *frame) {
    struct known *entry = &known[((uintptr_t)frame->code >> 4) * 0x9e3779b1u >> 7 & (KNOWN - 1)];
    if (entry->code == frame->code)
        return entry->order;
    PyObject *old = entry->code;
    *entry = (struct known){tc_py_new_reference(frame->code), look_up(frame)};
    tc_py.Py_DecRef(old);
    return entry->order;
}

/* The queue's `maxsize` limits it: then who puts also waits for who gets. */
static bool is_bounded(const struct tc_py_frame *frame) {
    PyObject *type, *value, *trace;
    tc_py.PyErr_Fetch(&type, &value, &trace);
    PyObject *self = tc_py_at(frame->frame, tc_py_layout.locals);
    PyObject *size = self ? tc_py.PyObject_GetAttrString(self, "maxsize") : NULL;
    bool bounded = !size || size->type != tc_py.PyLong_Type || tc_py.PyLong_AsLong(size) > 0;
    tc_py.Py_DecRef(size);
    tc_py.PyErr_Restore(type, value, trace);
    return bounded;
}

enum tc_pyrace_order tc_pyrace_order(void) {
    struct tc_py_frame frames[DEEP];
    unsigned count = tc_py_walk(tc_py_running(), frames, DEEP), at = 0;
    enum tc_pyrace_order order = TC_ORDER_THROUGH;
    while (at < count && (order = rule_of(&frames[at])) == TC_ORDER_THROUGH)
        at++;
    if (order == TC_ORDER_THROUGH || order == TC_ORDER_USER)
        return TC_ORDER_BOTH;
    if (order == TC_ORDER_BOUNDED_SEND || order == TC_ORDER_BOUNDED_RECEIVE) {
        bool send = order == TC_ORDER_BOUNDED_SEND;
        order = is_bounded(&frames[at]) ? TC_ORDER_BOTH : send ? TC_ORDER_SEND : TC_ORDER_RECEIVE;
    }
    /* One inside of a thing that orders nothing itself orders nothing, too. */
    for (at++; at < count; at++) {
        enum tc_pyrace_order outer = rule_of(&frames[at]);
        if (outer == TC_ORDER_NONE)
            return TC_ORDER_NONE;
        if (outer == TC_ORDER_USER)
            break;
    }
    return order;
}

bool tc_pyrace_class_orders(void) {
    struct tc_py_frame frames[DEEP];
    unsigned count = tc_py_walk(tc_py_running(), frames, DEEP), at = 0;
    while (at < count && tc_py_code_whose(frames[at].code) == TC_PY_OF_THREADING)
        at++;
    return at == count || rule_of(&frames[at]) != TC_ORDER_NONE;
}
