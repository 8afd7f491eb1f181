/* race_values.h: which of the interpreter's objects an access is about, and whether it is data.
 *
 * What: the object that an attribute or an item is found at, numbers that stand for names and keys,
 *       and what must be known of types for it: attributes of a class with a __setattr__ of its
 *       own, properties and methods are no data, those of threading.local are no one else's.
 *       Objects that were recorded are watched for their end, as their address is given again.
 * Threads: with the interpreter's lock.
 */
#ifndef TC_PYTHON_RACE_VALUES_H
#define TC_PYTHON_RACE_VALUES_H

#include "python/api.h"

enum tc_pyrace_home {
    TC_PYRACE_NOWHERE,   /* no data, or nothing that is watched */
    TC_PYRACE_OBJECT,    /* at the object itself */
    TC_PYRACE_NAMESPACE, /* at the dict of a module */
};

/* Finds what is needed of types.  `plain` is a class without anything, `getter` one that has
 * __getattr__, `ordered` is collections.OrderedDict, `deque` collections.deque.  `forget` is told
 * of every watched object that ends. */
void tc_pyrace_values_begin(PyObject *plain, PyObject *getter, PyObject *ordered, PyObject *deque,
                            void (*forget)(uintptr_t object));

/* The home of an attribute, for a read or a write.  Holds for every object with the same shape, as
 * long as tc_pyrace_shape gives the same. */
enum tc_pyrace_home tc_pyrace_attribute_home(PyObject *object, PyObject *name, bool read);

struct tc_pyrace_shape {
    PyObject *type; /* the class itself where the object is one */
    uint32_t version;
};
static inline uint32_t tc_pyrace_type_flags(const PyObject *type) {
    return (uint32_t) * (const uint64_t *)((const char *)type + 168); /* tp_flags */
}
static inline bool tc_pyrace_is_class(const PyObject *object) {
    return tc_pyrace_type_flags(object->type) >> 31; /* Py_TPFLAGS_TYPE_SUBCLASS */
}
static inline struct tc_pyrace_shape tc_pyrace_shape(PyObject *object) {
    PyObject *type = tc_pyrace_is_class(object) ? object : object->type;
    /* tp_version_tag: changes with the type; 0: none, or not valid (a flag says so up to 3.12). */
    uint32_t version = *(const uint32_t *)((const char *)type + 384);
    return (struct tc_pyrace_shape){type, version};
}

/* What a container is: its items have a home, it can be gone through. */
enum tc_pyrace_container {
    TC_PYRACE_OTHER,
    TC_PYRACE_DICT,
    TC_PYRACE_LIST,
    TC_PYRACE_SET,
    TC_PYRACE_DEQUE,
};
enum tc_pyrace_container tc_pyrace_container(PyObject *object);

/* A number for the key of an item; false: keys like this are not watched. */
bool tc_pyrace_key(enum tc_pyrace_container kind, PyObject *container, PyObject *key,
                   uint64_t *number);

/* A function, a class, a module: names are bound to them once, most often. */
bool tc_pyrace_is_definition(PyObject *object);

/* Something that another thread may go on to change: handing it over hands over what it has. */
bool tc_pyrace_is_changeable(PyObject *object);

/* Whether objects of this type can be watched. */
bool tc_pyrace_watchable(PyObject *type);

#endif
