/* race_channels.c: hand-overs by C functions: SimpleQueue, pipes, sockets (race_channels.def).
 *
 * Both ends of a pipe are one inode; the two of a connection have each other's names.  Those of a
 * socketpair have none, and a datagram's sender may have any: all of each kind are taken for one
 * channel, which can hide a race and never makes one up.
 * Threads: with the interpreter's lock.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "preload/sys.h"
#include "python/patch.h"
#include "python/race_watch.h"
#include "threadcheck/fnv.h"

#include "preload/poison.h"

#define SOCKET_DESCRIPTOR 16 /* in a socket object: right behind the head */
#define DATAGRAMS         3  /* a channel that no object's address is */

enum way { SEND, RECEIVE };
enum common { OBJECT, DESCRIPTOR, SOCKET };

static struct tc_py_slot slots[] = {
#define TC_PYRACE_CHANNEL(NUMBER, module, class, function, WAY, COMMON) [NUMBER] = {NULL, 0},
#include "python/race_channels.def"
#undef TC_PYRACE_CHANNEL
};

static uint64_t name_of(long call, int descriptor) {
    struct sockaddr_storage name;
    memset(&name, 0, sizeof name);
    socklen_t size = sizeof name;
    if (TC_SYSCALL_3(call, descriptor, &name, &size) < 0 || size > sizeof name)
        return 0;
    return tc_fnv(TC_FNV_BASIS, &name, size);
}

/* 0: none that threads would hand things over by. */
static uint64_t behind(int descriptor) {
    struct stat file;
    if (TC_SYSCALL_2(SYS_fstat, descriptor, &file) < 0)
        return 0;
    if (S_ISFIFO(file.st_mode))
        return tc_fnv(TC_FNV_BASIS, &file.st_ino, sizeof file.st_ino) | 1u << 0;
    if (!S_ISSOCK(file.st_mode))
        return 0;
    int type = 0;
    socklen_t size = sizeof type;
    if (TC_SYSCALL_5(SYS_getsockopt, descriptor, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
        type != SOCK_STREAM)
        return DATAGRAMS;
    return (name_of(SYS_getsockname, descriptor) + name_of(SYS_getpeername, descriptor)) | 1;
}

static uint64_t channel_of(const struct tc_py_slot *slot, const struct tc_py_args *args,
                           enum common common) {
    const void *object = args->all[0];
    if (common == OBJECT)
        return (uintptr_t)object;
    if (common == SOCKET)
        return behind(*(const int *)((const char *)object + SOCKET_DESCRIPTOR));
    PyObject *descriptor = tc_py_argument(slot, args, 0, "fd");
    return descriptor && descriptor->type == tc_py.PyLong_Type
               ? behind((int)tc_py.PyLong_AsLong(descriptor))
               : 0;
}

static PyObject *pass(const struct tc_py_slot *slot, const struct tc_py_args *args, enum way way,
                      enum common common) {
    uint64_t channel = tc_pyrace_watch.threads ? channel_of(slot, args, common) : 0;
    if (channel && way == SEND)
        tc_pyrace_send((const void *)channel);
    PyObject *result = tc_py_forward(slot, args);
    if (channel && way == RECEIVE && result)
        tc_pyrace_receive((const void *)channel);
    return result;
}

#define TC_PYRACE_CHANNEL(NUMBER, module, class, function, WAY, COMMON)                            \
    static PyObject *pass_##NUMBER(void *a, void *b, void *c, void *d, void *e) {                  \
        const struct tc_py_args args = {{a, b, c, d, e}};                                          \
        return pass(&slots[NUMBER], &args, WAY, COMMON);                                           \
    }
#include "python/race_channels.def"
#undef TC_PYRACE_CHANNEL

static struct row {
    const char *module, *class, *function;
    void *pass;
    bool done;
} rows[] = {
#define TC_PYRACE_CHANNEL(NUMBER, module, class, function, WAY, COMMON)                            \
    [NUMBER] = {module, class, function, (void *)pass_##NUMBER, false},
#include "python/race_channels.def"
#undef TC_PYRACE_CHANNEL
};

/* What has the function as a bound one: the module, or an object of the class. */
static PyObject *owner_of(const struct row *row, PyObject *module) {
    if (!row->class)
        return tc_py_new_reference(module);
    PyObject *class = tc_py.PyObject_GetAttrString(module, row->class);
    PyObject *new = class ? tc_py.PyObject_GetAttrString(class, "__new__") : NULL;
    PyObject *arguments = new ? tc_py.PyTuple_New(1) : NULL;
    PyObject *object = NULL;
    if (arguments) {
        tc_py.PyTuple_SetItem(arguments, 0, tc_py_new_reference(class));
        object = tc_py.PyObject_CallObject(new, arguments);
    }
    tc_py.Py_DecRef(arguments);
    tc_py.Py_DecRef(new);
    tc_py.Py_DecRef(class);
    return object;
}

static void patch_module(const char *name, PyObject *module) {
    PyObject *owner = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].module, name) != 0)
            continue;
        if (!owner && !(owner = owner_of(&rows[i], module)))
            return;
        tc_py_patch(&slots[i], owner, rows[i].function, rows[i].pass);
        rows[i].done = true;
    }
    tc_py.Py_DecRef(owner);
}

void tc_pyrace_look_for_channels(void) {
    PyObject *modules = tc_py.PyImport_GetModuleDict();
    PyObject *type, *value, *trace;
    tc_py.PyErr_Fetch(&type, &value, &trace);
    for (size_t i = 0; modules && i < sizeof rows / sizeof *rows; i++) {
        PyObject *module =
            rows[i].done ? NULL : tc_py.PyDict_GetItemString(modules, rows[i].module);
        if (module) {
            rows[i].done = true;
            patch_module(rows[i].module, module);
        }
    }
    tc_py.PyErr_Restore(type, value, trace);
}
