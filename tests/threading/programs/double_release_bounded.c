// expect: double-release
// A BoundedSemaphore is released once too often.
#include "program.h"

static threading_bounded_semaphore lock;

static void work(void *unused) {
    (void)unused;
    MUST(threading_bounded_semaphore_init(&lock, 2) == 0);
    MUST(threading_bounded_semaphore_acquire(&lock, true, FOREVER) == 0);
    MUST(threading_bounded_semaphore_release(&lock, 1) == 0);
    MUST(threading_bounded_semaphore_release(&lock, 1) == EOVERFLOW);
    MUST(threading_bounded_semaphore_value(&lock) == 2);
}

int main(void) {
    run(work, NULL);
    return 0;
}
