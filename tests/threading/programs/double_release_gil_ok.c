// expect: none
// A GIL is released as often as it is acquired.
#include "program.h"

static threading_gil lock = THREADING_GIL_INIT;

static void work(void *unused) {
    (void)unused;
    MUST(threading_gil_acquire(&lock) == 0);
    MUST(threading_gil_checkpoint(&lock) == 0);
    MUST(threading_gil_release(&lock) == 0);
}

int main(void) {
    run(work, NULL);
    return 0;
}
