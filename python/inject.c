/* inject.c: getting into the interpreter; see inject.h.
 *
 * The hook is set by the shim's constructor, for an executable that has an interpreter or is linked
 * with one, or when the lock of an interpreter that was loaded later is made.
 */
#include "python/inject.h"

#include <dlfcn.h>
#include <signal.h>
#include <string.h>

#include "preload/interpreter.h"
#include "preload/options.h"
#include "preload/sys.h"
#include "python/entry.h"
#include "python/frames.h"
#include "python/gil.h"
#include "python/objects.h"

#define FILE_INPUT 257 /* Py_file_input */

#define TC_PY_PART(name)       bool tc_py_##name##_begin(void);
#define TC_PY_PART_AUDIT(name) TC_PY_PART(name) int tc_py_##name##_audit(const char *, PyObject *);
#include "python/parts.def"
#undef TC_PY_PART
#undef TC_PY_PART_AUDIT

static struct part {
    const char *name;
    bool (*begin)(void);
    int (*audit)(const char *event, PyObject *arguments);
    bool on;
} parts[] = {
#define TC_PY_PART(name)       {#name, tc_py_##name##_begin, NULL, false},
#define TC_PY_PART_AUDIT(name) {#name, tc_py_##name##_begin, tc_py_##name##_audit, false},
#include "python/parts.def"
#undef TC_PY_PART
#undef TC_PY_PART_AUDIT
};

#define PARTS (sizeof parts / sizeof *parts)

PyObject *tc_py_namespace(const char *name) {
    PyObject *space = tc_py.PyDict_New();
    PyObject *builtins = tc_py.PyEval_GetBuiltins(); /* borrowed */
    PyObject *text = tc_py.PyUnicode_FromString(name);
    bool made = space && text && tc_py.PyDict_SetItemString(space, "__name__", text) == 0 &&
                tc_py.PyDict_SetItemString(space, "__builtins__", builtins) == 0;
    tc_py.Py_DecRef(text);
    if (made)
        return space;
    tc_py.Py_DecRef(space);
    return NULL;
}

bool tc_py_define(PyObject *space, struct tc_py_method *method) {
    PyObject *function = tc_py.PyCFunction_NewEx(method, NULL, NULL);
    bool made = function && tc_py.PyDict_SetItemString(space, method->name, function) == 0;
    tc_py.Py_DecRef(function);
    return made;
}

bool tc_py_run(const char *source, const char *name, PyObject *space) {
    PyObject *code = tc_py.Py_CompileString(source, name, FILE_INPUT);
    PyObject *result = code ? tc_py.PyEval_EvalCode(code, space, space) : NULL;
    tc_py.Py_DecRef(code);
    tc_py.Py_DecRef(result);
    return result != NULL;
}

void tc_py_say_off(const char *what) {
    PyObject *type = NULL, *value = NULL, *trace = NULL;
    tc_py.PyErr_Fetch(&type, &value, &trace);
    char reason[200] = "unknown";
    PyObject *text = value ? tc_py.PyObject_Str(value) : NULL;
    if (text && text->type == tc_py.PyUnicode_Type)
        tc_py_text(text, reason, sizeof reason);
    tc_py.Py_DecRef(text);
    tc_py.Py_DecRef(type);
    tc_py.Py_DecRef(value);
    tc_py.Py_DecRef(trace);
    tc_py.PyErr_Clear();
    char line[300];
    struct tc_text out = tc_text_begin(line, sizeof line);
    tc_text_add(&out, what);
    tc_text_add(&out, " is off: ");
    tc_text_add(&out, reason);
    tc_say(line, NULL, NULL);
}

/* Before the program has run: a handler of SIGINT is the interpreter's, which raises
 * KeyboardInterrupt. */
static void note_signals(void) {
    struct sigaction now;
    if (sigaction(SIGINT, NULL, &now) == 0 && now.sa_handler != SIG_DFL &&
        now.sa_handler != SIG_IGN)
        tc_interpreter.own_signals = 1ull << (SIGINT - 1);
}

/* With an exception of the program's put aside. */
static void begin_parts(void) {
    PyObject *type, *value, *trace;
    tc_py.PyErr_Fetch(&type, &value, &trace);
    for (size_t i = 0; i < PARTS; i++) {
        parts[i].on = parts[i].begin();
        tc_py.PyErr_Clear();
    }
    tc_py.PyErr_Restore(type, value, trace);
}

static int tell_parts(const char *event, PyObject *arguments) {
    for (size_t i = 0; i < PARTS; i++) {
        int result = parts[i].on && parts[i].audit ? parts[i].audit(event, arguments) : 0;
        if (result != 0)
            return result;
    }
    return 0;
}

static bool hook_set, ended;

static int on_audit(const char *event, PyObject *arguments, void *unused) {
    (void)unused;
    if (!tc_py.ready) {
        if ((strcmp(event, "import") != 0 && strncmp(event, "cpython.run_", 12) != 0) ||
            !tc_py.Py_IsInitialized() || !tc_py_running())
            return 0;
        tc_py.ready = true;
        note_signals();
        begin_parts();
    }
    if (strcmp(event, "cpython._PySys_ClearAuditHooks") == 0) {
        hook_set = false; /* the interpreter ends; there may be another one later */
        tc_py_types_forget();
        tc_py_entry_clearing();
        tc_py_gil_ends();
        ended = true;
    } else if (ended && strcmp(event, "import") == 0 && tc_py.Py_IsInitialized()) {
        ended = false;
        tc_py_types_begin();
        tc_py.PyErr_Clear();
    }
    return tell_parts(event, arguments);
}

/* `full`: "3.11.2 (main, …". */
static void say_unknown(const char *full) {
    char version[40];
    struct tc_text text = tc_text_begin(version, sizeof version);
    tc_text_add_n(&text, full, strcspn(full, " "));
    tc_say("Python ", version,
           " is not known: its locks, names and lines are off, native checks are on");
}

/* A version without a row, or one that has no lock of this kind. */
static bool is_known(void) {
    const struct tc_py_layout *layout = tc_py_layout_of(tc_py.minor);
    if (!layout) {
        say_unknown(tc_py.Py_GetVersion());
        return false;
    }
    if (strstr(tc_py.Py_GetVersion(), "free-threading")) {
        tc_say("a free-threaded Python: its locks, names and lines are off, native checks are on",
               NULL, NULL);
        return false;
    }
    tc_py_layout = *layout;
    return true;
}

static void set_hook(void *library) {
    static bool found;
    if (hook_set)
        return;
    if (!found) {
        const char *missing = tc_py_resolve(library);
        if (missing) {
            if (tc_options.verbose)
                tc_say("no Python that can be watched: it has no ", missing, NULL);
            return;
        }
        found = is_known();
        if (!found)
            return;
    }
    hook_set = tc_py_entry_add(on_audit);
}

/* A handle of the module that an address is in; the executable itself has no name that dlopen
 * takes. */
static void *library_of(const void *inside) {
    Dl_info info;
    if (!inside || !dladdr(inside, &info) || !info.dli_fname)
        return RTLD_DEFAULT;
    void *library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    dlerror();
    return library ? library : RTLD_DEFAULT;
}

static void leave_library(void *library) {
    if (library != RTLD_DEFAULT)
        dlclose(library);
}

static bool has_symbol(void *library, const char *name) {
    bool found = dlsym(library, name) != NULL;
    dlerror(); /* the program's own next question is not answered with ours */
    return found;
}

bool tc_py_is_inside(const void *inside) {
    void *library = library_of(inside);
    bool found = has_symbol(library, "PyEval_RestoreThread");
    leave_library(library);
    return found;
}

/* One that is too old to have hooks of this kind. */
static void look_for_old(void *library) {
    static bool said;
    if (said || !has_symbol(library, "PyEval_RestoreThread"))
        return;
    const char *(*version)(void) = (const char *(*)(void))dlsym(library, "Py_GetVersion");
    said = true;
    if (version)
        say_unknown(version());
}

void tc_py_look(const void *inside) {
    void *library = library_of(inside);
    if (has_symbol(library, "PySys_AddAuditHook"))
        set_hook(library);
    else
        look_for_old(library);
    leave_library(library);
}

/* After the shim's own. */
__attribute__((constructor(102))) static void begin(void) {
    if (tc_process_is_ours()) {
        tc_py_gil_watch();
        tc_py_look(NULL);
    }
}
