/* race_values.c: see race_values.h.
 *
 * Offsets into types are those of 3.8 to 3.14: the struct only ever grew at its end.
 */
#include "python/race_values.h"

#include <string.h>
#include <sys/mman.h>

#include "preload/sys.h"

#include "preload/poison.h"

enum { /* of a type */
       TP_DEALLOC = 48,
       TP_MAPPING = 112, /* a table: length, subscript, assign subscript */
       TP_GETATTR = 144,
       TP_SETATTR = 152,
       TP_GET = 272, /* of a descriptor */
       TP_SET = 280,
       TP_FREE = 320,
};
#define FLAG_HEAP (1u << 9)
#define FLAG_LIST (1u << 25)
#define FLAG_DICT (1u << 29)

#define LIST_COUNT 16 /* ob_size of a list */
#define NEST_MAX   50 /* containers within containers that end together, before the rest waits */

static void (*forget)(uintptr_t object);
static void *plain_dealloc, *getter_getattr, *ordered_assign;
static PyObject *deque_type;

static void **slot(const PyObject *type, int offset) {
    return (void **)((uintptr_t)type + (uintptr_t)offset);
}

static void *assign_subscript(const PyObject *type) {
    void **mapping = *slot(type, TP_MAPPING);
    return mapping ? mapping[2] : NULL;
}

/* The end of objects.
 *
 * Instances of classes end by their type's tp_free, which is replaced.  Dicts and lists are kept
 * for use again without it, so for them tp_dealloc is.  Theirs hold back deep recursion by a
 * comparison with tp_dealloc itself, which then fails: that is made up for here. */

typedef void (*destructor)(void *object);

static destructor gc_del, object_free;

static void on_gc_del(void *object) {
    forget((uintptr_t)object);
    gc_del(object);
}

static void on_object_free(void *object) {
    forget((uintptr_t)object);
    object_free(object);
}

static destructor dict_dealloc, list_dealloc, cell_dealloc;
static __thread int nesting __attribute__((tls_model("initial-exec")));
static __thread PyObject *waiting __attribute__((tls_model("initial-exec")));

static void dealloc_nested(PyObject *object, destructor original) {
    forget((uintptr_t)object);
    bool exact = object->type == tc_py.PyDict_Type || object->type == tc_py.PyList_Type;
    if (nesting >= NEST_MAX && exact) {
        tc_py.PyObject_GC_UnTrack(object); /* as its own dealloc does first */
        object->references = (intptr_t)waiting;
        waiting = object;
        return;
    }
    nesting++;
    original(object);
    nesting--;
    while (nesting == 0 && waiting) {
        PyObject *next = waiting;
        waiting = (PyObject *)next->references;
        next->references = 0;
        nesting++;
        (tc_pyrace_type_flags(next->type) & FLAG_DICT ? dict_dealloc : list_dealloc)(next);
        nesting--;
    }
}

static void on_dict_dealloc(void *object) {
    dealloc_nested(object, dict_dealloc);
}

static void on_list_dealloc(void *object) {
    dealloc_nested(object, list_dealloc);
}

static void on_cell_dealloc(void *object) {
    forget((uintptr_t)object);
    cell_dealloc(object);
}

static bool replace(PyObject *type, int offset, void *function) {
    void **at = slot(type, offset);
    if (!(tc_pyrace_type_flags(type) & FLAG_HEAP)) { /* static ones may lie in read-only memory */
        uintptr_t page = (uintptr_t)at & ~(uintptr_t)4095;
        if (TC_SYSCALL_3(SYS_mprotect, page, 8192, PROT_READ | PROT_WRITE) < 0)
            return false;
    }
    *at = function;
    return true;
}

static bool watch_free(PyObject *type) {
    void *now = *slot(type, TP_FREE);
    if (now == (void *)on_gc_del || now == (void *)on_object_free)
        return true;
    if (now == (void *)gc_del)
        return replace(type, TP_FREE, (void *)on_gc_del);
    if (now == (void *)object_free)
        return replace(type, TP_FREE, (void *)on_object_free);
    return false;
}

static void watch_dealloc(PyObject *type, void *function, destructor *original) {
    destructor kept = *slot(type, TP_DEALLOC);
    *original = kept;
    if (!replace(type, TP_DEALLOC, function))
        *original = NULL;
}

void tc_pyrace_values_begin(PyObject *plain, PyObject *getter, PyObject *ordered, PyObject *deque,
                            void (*told)(uintptr_t object)) {
    forget = told;
    gc_del = (destructor)tc_py.PyObject_GC_Del;
    object_free = (destructor)tc_py.PyObject_Free;
    plain_dealloc = *slot(plain, TP_DEALLOC);
    getter_getattr = *slot(getter, TP_GETATTR);
    ordered_assign = assign_subscript(ordered);
    deque_type = deque;
    watch_dealloc(tc_py.PyDict_Type, (void *)on_dict_dealloc, &dict_dealloc);
    watch_dealloc(tc_py.PyList_Type, (void *)on_list_dealloc, &list_dealloc);
    watch_dealloc(tc_py.PyCell_Type, (void *)on_cell_dealloc, &cell_dealloc);
    watch_free(tc_py.PySet_Type);
    watch_free(tc_py.PyType_Type);
    watch_free(deque);
}

bool tc_pyrace_watchable(PyObject *type) {
    return *slot(type, TP_DEALLOC) == plain_dealloc && watch_free(type);
}

/* Attributes. */

/* What a class has under the name decides: data that a thread can find changed, or code. */
static enum tc_pyrace_home class_attribute_home(PyObject *class, PyObject *name, bool read) {
    if (!(tc_pyrace_type_flags(class) & FLAG_HEAP))
        return TC_PYRACE_NOWHERE;
    if (class->type != tc_py.PyType_Type && !watch_free(class->type))
        return TC_PYRACE_NOWHERE;
    PyObject *value = tc_py._PyType_Lookup(class, name);
    if (read && value && *slot(value->type, TP_GET))
        return TC_PYRACE_NOWHERE;
    if (*slot(class->type, TP_SETATTR) != *slot(tc_py.PyType_Type, TP_SETATTR))
        return TC_PYRACE_NOWHERE;
    PyObject *above = tc_py._PyType_Lookup(class->type, name); /* __name__, __dict__, … */
    return above && *slot(above->type, TP_SET) ? TC_PYRACE_NOWHERE : TC_PYRACE_OBJECT;
}

enum tc_pyrace_home tc_pyrace_attribute_home(PyObject *object, PyObject *name, bool read) {
    PyObject *type = object->type;
    if (type == tc_py.PyModule_Type)
        return TC_PYRACE_NAMESPACE;
    if (tc_pyrace_is_class(object))
        return class_attribute_home(object, name, read);
    if (*slot(type, TP_SETATTR) != (void *)tc_py.PyObject_GenericSetAttr)
        return TC_PYRACE_NOWHERE;
    void *get = *slot(type, TP_GETATTR);
    if (get != (void *)tc_py.PyObject_GenericGetAttr && get != getter_getattr)
        return TC_PYRACE_NOWHERE;
    if (!tc_pyrace_watchable(type))
        return TC_PYRACE_NOWHERE;
    PyObject *value = tc_py._PyType_Lookup(type, name);
    if (!value)
        return TC_PYRACE_OBJECT;
    if (*slot(value->type, TP_SET)) /* a slot is data, a property is code */
        return value->type == tc_py.PyMemberDescr_Type ? TC_PYRACE_OBJECT : TC_PYRACE_NOWHERE;
    return read && *slot(value->type, TP_GET) ? TC_PYRACE_NOWHERE : TC_PYRACE_OBJECT;
}

/* Containers. */

static bool is_set(PyObject *type) {
    return type == tc_py.PySet_Type ||
           (tc_py.PyType_IsSubtype(type, tc_py.PySet_Type) && watch_free(type));
}

/* A class that changes neither how items are found nor how they are set: Counter, most others. */
static bool sets_as(PyObject *type, PyObject *base) {
    static PyObject *get, *set;
    if (!get)
        get = tc_py.PyUnicode_InternFromString("__getitem__");
    if (!set)
        set = tc_py.PyUnicode_InternFromString("__setitem__");
    return get && set && tc_py._PyType_Lookup(type, set) == tc_py._PyType_Lookup(base, set) &&
           tc_py._PyType_Lookup(type, get) == tc_py._PyType_Lookup(base, get);
}

enum tc_pyrace_container tc_pyrace_container(PyObject *object) {
    PyObject *type = object->type;
    if (type == tc_py.PyDict_Type)
        return dict_dealloc ? TC_PYRACE_DICT : TC_PYRACE_OTHER;
    if (type == tc_py.PyList_Type)
        return list_dealloc ? TC_PYRACE_LIST : TC_PYRACE_OTHER;
    uint32_t flags = tc_pyrace_type_flags(type);
    if (flags & FLAG_DICT) {
        void *assign = assign_subscript(type);
        bool own = assign == assign_subscript(tc_py.PyDict_Type) || assign == ordered_assign ||
                   sets_as(type, tc_py.PyDict_Type);
        return dict_dealloc && own ? TC_PYRACE_DICT : TC_PYRACE_OTHER;
    }
    if (flags & FLAG_LIST)
        return list_dealloc && assign_subscript(type) == assign_subscript(tc_py.PyList_Type)
                   ? TC_PYRACE_LIST
                   : TC_PYRACE_OTHER;
    if (type == deque_type)
        return TC_PYRACE_DEQUE;
    return is_set(type) ? TC_PYRACE_SET : TC_PYRACE_OTHER;
}

static uint64_t mix(uint64_t a, uint64_t b) {
    return (a ^ b) * 0x9e3779b97f4a7c15ull ^ (a >> 29);
}

static bool simple_key(PyObject *key, uint64_t *number) {
    PyObject *type = key->type;
    if (type == tc_py.PyUnicode_Type || type == tc_py.PyBytes_Type || type == tc_py.PyFloat_Type) {
        *number = mix((uint64_t)tc_py.PyObject_Hash(key), (uintptr_t)type);
    } else if (type == tc_py.PyLong_Type || type == tc_py.PyBool_Type) {
        *number = mix(tc_py.PyLong_AsUnsignedLongLongMask(key), 0);
    } else if (key == tc_py._Py_NoneStruct || tc_pyrace_is_class(key) ||
               type->type != tc_py.PyType_Type) {
        *number = mix((uintptr_t)key, 1); /* itself: a class, a member of an enum */
    } else {
        return false;
    }
    return true;
}

bool tc_pyrace_key(enum tc_pyrace_container kind, PyObject *container, PyObject *key,
                   uint64_t *number) {
    if (kind == TC_PYRACE_LIST) {
        if (key->type != tc_py.PyLong_Type)
            return false;
        int64_t at = (int64_t)tc_py.PyLong_AsUnsignedLongLongMask(key);
        *number = (uint64_t)(at < 0 ? at + *(int64_t *)((uintptr_t)container + LIST_COUNT) : at);
        return true;
    }
    if (kind != TC_PYRACE_DICT && kind != TC_PYRACE_SET)
        return false;
    if (key->type != tc_py.PyTuple_Type)
        return simple_key(key, number);
    *number = 7;
    intptr_t count = tc_py.PyTuple_Size(key);
    for (intptr_t i = 0; i < count; i++) {
        uint64_t one;
        if (!simple_key(tc_py.PyTuple_GetItem(key, i), &one))
            return false;
        *number = mix(*number, one);
    }
    return true;
}

bool tc_pyrace_is_definition(PyObject *object) {
    PyObject *type = object->type;
    return type == tc_py.PyFunction_Type || type == tc_py.PyModule_Type ||
           tc_pyrace_is_class(object);
}

bool tc_pyrace_is_changeable(PyObject *object) {
    PyObject *type = object->type;
    return object != tc_py._Py_NoneStruct && type != tc_py.PyBool_Type &&
           type != tc_py.PyLong_Type && type != tc_py.PyFloat_Type &&
           type != tc_py.PyUnicode_Type && type != tc_py.PyBytes_Type &&
           !tc_pyrace_is_definition(object);
}
