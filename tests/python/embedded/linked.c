// expect: lock-order-inversion
// args: unused
/* A C program that is linked with an interpreter, and starts it twice. */
#include "tests/python/embedded/program.h"

void Py_Initialize(void);
int PyRun_SimpleStringFlags(const char *source, void *flags);
int Py_FinalizeEx(void);

int main(void) {
    int failed = 0;
    for (int i = 0; i < 2; i++) {
        Py_Initialize();
        failed |= PyRun_SimpleStringFlags(program, 0);
        failed |= Py_FinalizeEx();
    }
    return failed != 0;
}
