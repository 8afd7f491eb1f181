// expect: lock-held-at-thread-exit
// A thread ends with the GIL.
#include "program.h"

static threading_gil gil = THREADING_GIL_INIT;

static void forgets(void *unused) {
    (void)unused;
    MUST(threading_gil_acquire(&gil) == 0);
}

int main(void) {
    run(forgets, NULL);
    return 0;
}
