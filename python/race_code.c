/* race_code.c: the part of the injection that watches for races: has the program's code rewritten
 * before it runs.
 *
 * All code that is run as a whole - modules, `-m`, what a program gives to exec - passes through
 * the builtin `exec`, which is given the rewritten code in place of its own.  The program itself (a
 * script, -c, standard input, a directory) does not: the interpreter announces it by the audit
 * event `exec`, in which the rewritten code is run, and what was announced is made to do nothing.
 * Threads: with the interpreter's lock.
 */
#include <string.h>

#include "preload/options.h"
#include "preload/process.h"
#include "preload/sys.h"
#include "python/inject.h"
#include "python/race_values.h"
#include "python/race_watch.h"

#include "preload/poison.h"

#define METHOD_OF_BUILTIN 16 /* PyCFunctionObject.m_ml */

static const char rewriting[] =
#include "python/races_source.inc"
    ;
static const char deciding[] =
#include "python/race_code_source.inc"
    ;

static PyObject *replace, *note; /* methods of races.py */
static void *(*real_exec)(void *, void *, void *, void *, void *);
static PyObject *nothing; /* code that does nothing */

static __thread bool busy __attribute__((tls_model("initial-exec"))); /* in races.py */

static PyObject *none(void) {
    return tc_py_new_reference(tc_py._Py_NoneStruct);
}

static PyObject *or_none(PyObject *object) {
    return object ? tc_py_new_reference(object) : none();
}

/* The file of the function that calls; NULL: no Python code does.  Borrowed. */
static PyObject *caller_file(void) {
    struct tc_py_frame frame;
    return tc_py_top(&frame) ? tc_py_at(frame.code, tc_py_layout.file) : NULL;
}

/* function(a, b, c), NULL when it fails; an exception that is set stays, and none is added. */
static PyObject *ask(PyObject *function, PyObject *a, PyObject *b, PyObject *c) {
    PyObject *type, *value, *trace, *result = NULL;
    tc_py.PyErr_Fetch(&type, &value, &trace);
    bool traced = tc_py.PyThreadState_EnterTracing && tc_py.PyThreadState_LeaveTracing;
    if (traced) /* a debugger or a profiler of the program's sees nothing of it */
        tc_py.PyThreadState_EnterTracing(tc_py_running());
    busy = true;
    PyObject *arguments = tc_py.PyTuple_New(3);
    if (arguments) {
        tc_py.PyTuple_SetItem(arguments, 0, or_none(a));
        tc_py.PyTuple_SetItem(arguments, 1, or_none(b));
        tc_py.PyTuple_SetItem(arguments, 2, or_none(c));
        result = tc_py.PyObject_CallObject(function, arguments);
        tc_py.Py_DecRef(arguments);
    }
    if (!result && tc_options.verbose)
        tc_py_say_off("rewriting for races: this code");
    busy = false;
    if (traced)
        tc_py.PyThreadState_LeaveTracing(tc_py_running());
    tc_py.PyErr_Restore(type, value, trace);
    return result;
}

/* What is to run in place of the code, or NULL. */
static PyObject *replacement(PyObject *code, PyObject *text) {
    PyObject *made = ask(replace, code, caller_file(), text);
    if (made && made->type != tc_py.PyCode_Type) {
        tc_py.Py_DecRef(made);
        made = NULL;
    }
    return made;
}

/* Code that runs without the builtins would not find what rewritten code calls. */
static bool has_builtins(PyObject *const *arguments, intptr_t count) {
    PyObject *names = count > 1 && arguments[1] != tc_py._Py_NoneStruct ? arguments[1]
                                                                        : tc_py.PyEval_GetGlobals();
    if (!names || !(tc_pyrace_type_flags(names->type) & 1u << 29))
        return false;
    PyObject *own = tc_py.PyDict_GetItemString(names, "__builtins__");
    if (!own)
        return true;
    if (own->type == tc_py.PyModule_Type)
        own = tc_py.PyModule_GetDict(own);
    return own && own->type == tc_py.PyDict_Type &&
           tc_py.PyDict_GetItemString(own, "__@tc_o__") != NULL;
}

/* Source text that is given to exec: compiled here as exec would.  A mistake in it is exec's to
 * tell. */
static PyObject *compiled(PyObject *text) {
    PyObject *type, *value, *trace;
    tc_py.PyErr_Fetch(&type, &value, &trace);
    const char *source_text = tc_py.PyUnicode_AsUTF8AndSize(text, NULL);
    PyObject *code = source_text
                         ? tc_py.Py_CompileString(source_text, "<string>", 257 /* Py_file_input */)
                         : NULL;
    tc_py.PyErr_Restore(type, value, trace);
    return code;
}

static PyObject *replacement_of(PyObject *object) {
    if (object->type == tc_py.PyCode_Type)
        return replacement(object, NULL);
    if (object->type != tc_py.PyUnicode_Type)
        return NULL;
    busy = true;
    PyObject *code = compiled(object);
    busy = false;
    PyObject *made = code ? replacement(code, object) : NULL;
    tc_py.Py_DecRef(code);
    return made;
}

/* builtins.exec: (module, arguments, count, …) */
static void *on_exec(void *module, void *arguments, void *count, void *d, void *e) {
    PyObject *const *given = arguments;
    intptr_t number = (intptr_t)count;
    PyObject *made = NULL;
    if (!busy && number >= 1 && number <= 3 && has_builtins(given, number))
        made = replacement_of(given[0]);
    PyObject *instead[3] = {made, number > 1 ? given[1] : NULL, number > 2 ? given[2] : NULL};
    void *result = real_exec(module, made ? instead : arguments, count, d, e);
    tc_py.Py_DecRef(made);
    if (tc_pyrace_watch.threads) /* it may have imported something */
        tc_pyrace_look_for_channels();
    return result;
}

/* The instructions of a code object: where they are and how many bytes. */
static char *instructions_of(PyObject *code, intptr_t *size) {
    PyObject *bytes = tc_py.PyObject_GetAttrString(code, "co_code");
    char *text = NULL;
    if (!bytes || tc_py.PyBytes_AsStringAndSize(bytes, &text, size) < 0)
        return NULL;
    tc_py.Py_DecRef(bytes); /* before 3.11 the code keeps it */
    return tc_py_layout.instructions >= 0 ? (char *)code + tc_py_layout.instructions : text;
}

/* Makes code that has not run yet do nothing. */
static bool empty(PyObject *code) {
    intptr_t size = 0, wanted = 0;
    char *into = instructions_of(code, &size), *from = instructions_of(nothing, &wanted);
    PyObject *constants = tc_py.PyObject_GetAttrString(code, "co_consts");
    intptr_t count = constants ? tc_py.PyTuple_Size(constants) : 0;
    bool fits = into && from && size >= wanted && count > 0;
    if (fits) {
        PyObject **first = (PyObject **)((char *)constants + 24); /* ob_item */
        PyObject *old = *first;
        *first = none();
        tc_py.Py_DecRef(old);
        memcpy(into, from, (size_t)wanted);
    }
    tc_py.Py_DecRef(constants);
    return fits;
}

/* The interpreter is about to run the program. */
static int run_program(PyObject *code) {
    if (code->type != tc_py.PyCode_Type || caller_file())
        return 0;
    PyObject *made = replacement(code, NULL);
    if (!made || !empty(code)) {
        tc_py.Py_DecRef(made);
        return 0;
    }
    PyObject *main_module = tc_py.PyImport_AddModule("__main__"); /* borrowed, as is its dict */
    PyObject *names = main_module ? tc_py.PyModule_GetDict(main_module) : NULL;
    PyObject *result = names ? tc_py.PyEval_EvalCode(made, names, names) : NULL;
    tc_py.Py_DecRef(made);
    tc_py.Py_DecRef(result);
    return result ? 0 : -1;
}

int tc_py_races_audit(const char *event, PyObject *arguments) {
    if (busy)
        return 0;
    if (strcmp(event, "exec") == 0 && tc_py.PyTuple_Size(arguments) == 1)
        return run_program(tc_py.PyTuple_GetItem(arguments, 0));
    if (strcmp(event, "compile") == 0 && tc_py.PyTuple_Size(arguments) == 2)
        tc_py.Py_DecRef(ask(note, tc_py.PyTuple_GetItem(arguments, 0),
                            tc_py.PyTuple_GetItem(arguments, 1), caller_file()));
    return 0;
}

/* Beginning. */

static bool patch_exec(PyObject *builtins) {
    PyObject *exec = tc_py.PyDict_GetItemString(builtins, "exec");
    struct tc_py_method *method = exec ? tc_py_at(exec, METHOD_OF_BUILTIN) : NULL;
    if (!method || strcmp(method->name, "exec") != 0 || !(method->flags & TC_PY_FASTCALL))
        return false;
    uintptr_t page = (uintptr_t)method & ~(uintptr_t)4095;
    TC_SYSCALL_3(SYS_mprotect, page, 8192, 3 /* read, write */);
    real_exec = (void *(*)(void *, void *, void *, void *, void *))method->function;
    method->function = (void *)on_exec;
    return true;
}

/* The words of the command line, as bytes. */
static PyObject *command_line(void) {
    static char words[64 << 10];
    long size = tc_read_file("/proc/self/cmdline", words, sizeof words - 1);
    PyObject *list = tc_py.PyList_New(0);
    for (long at = 0; list && at < size; at += (long)strlen(words + at) + 1) {
        PyObject *word = tc_py.PyBytes_FromStringAndSize(words + at, (intptr_t)strlen(words + at));
        if (word)
            tc_py.PyList_Append(list, word);
        tc_py.Py_DecRef(word);
    }
    return list;
}

static PyObject *make_code(PyObject *space) {
    PyObject *class = tc_py.PyDict_GetItemString(space, "_Code");
    PyObject *arguments = tc_py.PyTuple_New(2);
    if (!class || !arguments)
        return NULL;
    tc_py.PyTuple_SetItem(arguments, 0, tc_py.PyUnicode_FromString(tc_options.python_code));
    tc_py.PyTuple_SetItem(arguments, 1, command_line());
    PyObject *made = tc_py.PyObject_CallObject(class, arguments);
    tc_py.Py_DecRef(arguments);
    return made;
}

static void forget_object(uintptr_t object) {
    if (tc_pyrace_watch.threads && tc_pyraces_may_know(tc_pyrace_watch.surface, object))
        tc_pyraces_forget(tc_pyrace_watch.races, object);
}

static PyObject *of_module(const char *module, const char *name) {
    PyObject *from = tc_py.PyImport_ImportModule(module);
    PyObject *found = from ? tc_py.PyObject_GetAttrString(from, name) : NULL;
    tc_py.Py_DecRef(from);
    return found;
}

static bool begin_values(PyObject *space) {
    PyObject *plain = tc_py.PyDict_GetItemString(space, "_Plain");
    PyObject *getter = tc_py.PyDict_GetItemString(space, "_Getter");
    PyObject *ordered = of_module("_collections", "OrderedDict");
    PyObject *deque = of_module("_collections", "deque");
    if (!plain || !getter || !ordered || !deque)
        return false;
    tc_pyrace_values_begin(plain, getter, ordered, deque, forget_object);
    return true;
}

static bool begin(void) {
    PyObject *builtins_module = tc_py.PyImport_ImportModule("builtins");
    PyObject *builtins = builtins_module ? tc_py.PyModule_GetDict(builtins_module) : NULL;
    PyObject *space = tc_py_namespace("threadcheck.races");
    nothing = tc_py.Py_CompileString("None", "<threadcheck>", 257);
    if (!builtins || !space || !nothing || !tc_pyrace_begin_model() ||
        !tc_pyrace_calls_begin(space, builtins) || !tc_py_run(rewriting, "<threadcheck>", space) ||
        !tc_py_run(deciding, "<threadcheck>", space) || !begin_values(space))
        return false;
    PyObject *code = make_code(space);
    replace = code ? tc_py.PyObject_GetAttrString(code, "replace") : NULL;
    note = code ? tc_py.PyObject_GetAttrString(code, "note") : NULL;
    return replace && note && patch_exec(builtins);
}

bool tc_py_races_begin(void) {
    bool sample = strcmp(tc_options.races, "sample") == 0;
    if (strcmp(tc_options.races, "off") == 0 || !tc_py._PyType_Lookup)
        return false;
    if (sample && !*tc_options.python_code) /* it costs more than what is promised of sampling */
        return false;
    busy = true;
    bool begun = begin();
    busy = false;
    if (!begun)
        tc_py_say_off("watching Python threads for races");
    tc_pyrace_watch.on = begun;
    tc_pyrace_watch.sample = sample;
    if (begun)
        tc_pyrace_sync_begin();
    return begun;
}
