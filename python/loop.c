/* loop.c: finds the interpreter's evaluation loop, and proves that its frames can be read.
 *
 * What: the part `frames` of parts.def.  The proof is a piece of code of our own that calls back:
 *       what the walk says there must be what it is.  An interpreter that was built otherwise than
 *       layout.c knows keeps native stacks.
 * Threads: once, with the interpreter's lock.
 */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

#include "preload/sys.h"
#include "python/frames.h"
#include "python/inject.h"

/* Where the executable segments of the module that holds `address` are. */
struct search {
    uintptr_t address;
    struct tc_py_code_range found;
};

static int look_at_module(struct dl_phdr_info *info, size_t size, void *with) {
    struct search *search = with;
    struct tc_py_code_range range = {UINTPTR_MAX, 0};
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
            continue;
        uintptr_t low = info->dlpi_addr + part->p_vaddr, high = low + part->p_memsz;
        range.low = low < range.low ? low : range.low;
        range.high = high > range.high ? high : range.high;
    }
    if (search->address < range.low || search->address >= range.high)
        return 0;
    search->found = range;
    return 1;
}

/* A program that has an interpreter linked into it keeps its own frames. */
static bool is_interpreter_only(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    return strncmp(name, "python", 6) == 0 || strncmp(name, "libpython", 9) == 0;
}

static const char probe_source[] = "def threadcheck_probe():\n"
                                   "    return (\n"
                                   "        probe())\n"
                                   "threadcheck_probe()\n";
#define PROBE_LINE 3

static bool probe_good;

static PyObject *probe(PyObject *self, PyObject *unused) {
    struct tc_py_frame frames[2];
    char name[40] = "", file[40] = "";
    (void)self;
    (void)unused;
    if (tc_py_walk(tc_py_running(), frames, 2) == 2) {
        tc_py_text(tc_py_at(frames[0].code, tc_py_layout.name), name, sizeof name);
        tc_py_text(tc_py_at(frames[0].code, tc_py_layout.file), file, sizeof file);
        /* From 3.11 on the loop goes on with a function that Python code calls. */
        bool expected = tc_py_layout.minor < 11;
        probe_good = strcmp(name, "threadcheck_probe") == 0 && strcmp(file, "<threadcheck>") == 0 &&
                     tc_py_line(&frames[0]) == PROBE_LINE && frames[0].entry == expected;
    }
    return tc_py_new_reference(tc_py._Py_NoneStruct);
}

static struct tc_py_method probe_method = {"probe", (void *)probe, TC_PY_NOARGS, NULL};

static bool frames_can_be_read(void) {
    PyObject *space = tc_py_namespace("threadcheck");
    bool ran = space && tc_py_define(space, &probe_method) &&
               tc_py_run(probe_source, "<threadcheck>", space);
    if (space)
        tc_py.Py_DecRef(space);
    tc_py.PyErr_Clear();
    return ran && probe_good;
}

bool tc_py_frames_begin(void) {
    Dl_info info;
    const ElfW(Sym) *symbol = NULL;
    void *loop = (void *)tc_py._PyEval_EvalFrameDefault;
    if (!frames_can_be_read()) {
        tc_say("this Python's frames are not as expected: names and lines of Python code are off",
               NULL, NULL);
        return false;
    }
    if (!loop || !dladdr1(loop, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol)
        return false;
    struct search search = {.address = (uintptr_t)loop};
    dl_iterate_phdr(look_at_module, &search);
    struct tc_py_code_range range = {(uintptr_t)loop, (uintptr_t)loop + symbol->st_size};
    tc_py_stacks_begin(&range, &search.found, is_interpreter_only(info.dli_fname));
    return true;
}
