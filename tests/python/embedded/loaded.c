// expect: lock-order-inversion
// args: unused
/* A C program that loads an interpreter when it is asked to. */
#include <dlfcn.h>
#include <stdio.h>

#include "tests/python/embedded/program.h"

int main(void) {
    void *library = dlopen("libpython3.11.so.1.0", RTLD_NOW | RTLD_GLOBAL);
    if (!library) {
        puts(dlerror());
        return 2;
    }
    void (*initialize)(void) = (void (*)(void))dlsym(library, "Py_Initialize");
    int (*run)(const char *, void *) =
        (int (*)(const char *, void *))dlsym(library, "PyRun_SimpleStringFlags");
    int (*finalize)(void) = (int (*)(void))dlsym(library, "Py_FinalizeEx");
    initialize();
    int failed = run(program, NULL);
    return failed != 0 || finalize() != 0;
}
