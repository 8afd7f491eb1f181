/* wrapper.c: see wrapper.h. */
#include "python/wrapper.h"

#include <stddef.h>
#include <string.h>

#include "preload/hook.h"
#include "python/patch.h"

struct wrapper {
    PyObject head;
    void *call; /* what the interpreter's vector calls look for */
    PyObject *function;
    const struct tc_py_probe *probe;
};

/* Of the stable ABI: PyType_Spec, PyType_Slot, PyMemberDef and the numbers that go with them. */
struct slot {
    int number;
    void *function;
};
struct spec {
    const char *name;
    int size, item_size;
    unsigned flags;
    struct slot *slots;
};
struct member {
    const char *name;
    int type;
    intptr_t offset;
    int flags;
    const char *help;
};
enum {
    SLOT_CALL = 50,
    SLOT_GET_DESCRIPTOR = 54,
    SLOT_GET_ATTRIBUTE = 58,
    SLOT_REPRESENTATION = 66,
    SLOT_MEMBERS = 72,
};
#define MEMBER_SIZE       19 /* T_PYSSIZET */
#define MEMBER_READ_ONLY  1
#define HAS_VECTOR_CALL   (1u << 11)
#define METHOD_DESCRIPTOR (1u << 17)
#define HAS_VERSION_TAG   (1u << 18)
#define OFFSET_BIT        (1ull << 63) /* PY_VECTORCALL_ARGUMENTS_OFFSET */

static PyObject *wrapper_type;

void tc_py_wrappers_forget(void) {
    wrapper_type = NULL;
}

static PyObject *call_function(const struct wrapper *wrapper, PyObject *const *all, size_t count,
                               PyObject *names) {
    if (tc_py.PyObject_Vectorcall)
        return tc_py.PyObject_Vectorcall(wrapper->function, all, count, names);
    return tc_py._PyFunction_Vectorcall(wrapper->function, all, count, names);
}

static PyObject *call_vector(PyObject *self, PyObject *const *all, size_t flagged,
                             PyObject *names) {
    const struct wrapper *wrapper = (const struct wrapper *)self;
    size_t count = flagged & ~OFFSET_BIT;
    if (!count) /* the function itself says what is missing */
        return call_function(wrapper, all, count, names);
    struct tc_py_wrapped_call call = {.call = {.outer = tc_py_calls,
                                               .object = all[0],
                                               .state = tc_py_running(),
                                               .doing = TC_PY_NOTHING,
                                               .site = TC_SITE()},
                                      .arguments = all + 1,
                                      .count = (intptr_t)count - 1,
                                      .keywords = names};
    wrapper->probe->enter(&call);
    if (call.call.doing != TC_PY_NOTHING)
        tc_py_calls = &call.call;
    call.result = call_function(wrapper, all, count, names);
    tc_py_calls = call.call.outer;
    wrapper->probe->leave(&call);
    return call.result;
}

#define FEW 8

/* Keywords as vector calls want them: values behind the others, names in a tuple. */
static PyObject *call_with_keywords(PyObject *self, PyObject *tuple, PyObject *keywords) {
    PyObject *all[2 * FEW];
    intptr_t count = TC_PY_COUNT(tuple), named = keywords ? tc_py.PyDict_Size(keywords) : 0;
    const struct wrapper *wrapper = (const struct wrapper *)self;
    if (count + named > 2 * FEW) /* no method that is watched has so many: it will refuse them */
        return tc_py.PyObject_Call(wrapper->function, tuple, keywords);
    for (intptr_t i = 0; i < count; i++)
        all[i] = tc_py.PyTuple_GetItem(tuple, i);
    PyObject *names = tc_py.PyTuple_New(named), *key, *value;
    if (!names)
        return NULL;
    intptr_t position = 0, at = 0;
    while (named && tc_py.PyDict_Next(keywords, &position, &key, &value)) {
        all[count + at] = value;
        tc_py.PyTuple_SetItem(names, at++, tc_py_new_reference(key));
    }
    PyObject *result = call_vector(self, all, (size_t)count, names);
    tc_py.Py_DecRef(names);
    return result;
}

/* The way of 3.8, and of callers that have a tuple. */
static PyObject *call_tuple(PyObject *self, PyObject *tuple, PyObject *keywords) {
    PyObject *all[FEW];
    intptr_t count = TC_PY_COUNT(tuple);
    if (count > FEW || (keywords && tc_py.PyDict_Size(keywords)))
        return call_with_keywords(self, tuple, keywords);
    for (intptr_t i = 0; i < count; i++)
        all[i] = tc_py.PyTuple_GetItem(tuple, i);
    return call_vector(self, all, (size_t)count, NULL);
}

static PyObject *bind(PyObject *self, PyObject *object, PyObject *type) {
    (void)type;
    if (!object || object == tc_py._Py_NoneStruct)
        return tc_py_new_reference(self);
    return tc_py.PyMethod_New(self, object);
}

static PyObject *get_attribute(PyObject *self, PyObject *name) {
    return tc_py.PyObject_GetAttr(((struct wrapper *)self)->function, name);
}

static PyObject *representation(PyObject *self) {
    return tc_py.PyObject_Repr(((struct wrapper *)self)->function);
}

static bool make_type(void) {
    static struct member members[] = {{"__vectorcalloffset__", MEMBER_SIZE,
                                       offsetof(struct wrapper, call), MEMBER_READ_ONLY, NULL},
                                      {NULL, 0, 0, 0, NULL}};
    static struct slot slots[] = {{SLOT_CALL, (void *)call_tuple},
                                  {SLOT_GET_DESCRIPTOR, (void *)bind},
                                  {SLOT_GET_ATTRIBUTE, (void *)get_attribute},
                                  {SLOT_REPRESENTATION, (void *)representation},
                                  {SLOT_MEMBERS, members},
                                  {0, NULL}};
    static struct spec spec = {"threadcheck.method", sizeof(struct wrapper), 0,
                               HAS_VERSION_TAG | METHOD_DESCRIPTOR | HAS_VECTOR_CALL, slots};
    if (tc_py.minor < 9) { /* there a type made so cannot have vector calls */
        spec.flags &= ~HAS_VECTOR_CALL;
        slots[4] = (struct slot){0, NULL};
    }
    wrapper_type = tc_py.PyType_FromSpec(&spec);
    return wrapper_type != NULL;
}

bool tc_py_wrap(PyObject *class_object, const struct tc_py_probe *probe) {
    PyObject *function = tc_py.PyObject_GetAttrString(class_object, probe->method);
    if (!function)
        return false;
    if (function->type != tc_py.PyFunction_Type || (!wrapper_type && !make_type())) {
        bool done = wrapper_type && function->type == wrapper_type;
        tc_py.Py_DecRef(function);
        return done;
    }
    struct wrapper *wrapper = (struct wrapper *)tc_py.PyType_GenericAlloc(wrapper_type, 0);
    if (!wrapper)
        return false;
    wrapper->call = (void *)call_vector;
    wrapper->function = function; /* for good */
    wrapper->probe = probe;
    return tc_py.PyObject_SetAttrString(class_object, probe->method, &wrapper->head) == 0;
}

PyObject *tc_py_wrapped_argument(const struct tc_py_wrapped_call *call, intptr_t position,
                                 const char *name) {
    char text[16];
    if (position < call->count)
        return call->arguments[position];
    for (intptr_t i = 0; call->keywords && i < TC_PY_COUNT(call->keywords); i++) {
        tc_py_text(tc_py.PyTuple_GetItem(call->keywords, i), text, sizeof text);
        if (strcmp(text, name) == 0)
            return call->arguments[call->count + i];
    }
    return NULL;
}
