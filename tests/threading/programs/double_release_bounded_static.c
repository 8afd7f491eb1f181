// expect: double-release
// A statically initialised BoundedSemaphore is released once too often.
#include "program.h"

static threading_bounded_semaphore lock = THREADING_BOUNDED_SEMAPHORE_INIT;

static void work(void *unused) {
    (void)unused;
    MUST(threading_bounded_semaphore_release(&lock, 1) == EOVERFLOW);
}

int main(void) {
    run(work, NULL);
    return 0;
}
