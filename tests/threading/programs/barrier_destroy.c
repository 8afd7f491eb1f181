// expect: barrier-misuse
// A barrier is destroyed while a thread waits; it is refused.
#include "program.h"

static threading_barrier barrier;

static void wait(void *expected) {
    MUST(threading_barrier_wait(&barrier, FOREVER, NULL) == (expected ? ECANCELED : 0));
}

int main(void) {
    MUST(threading_barrier_init(&barrier, 2, NULL, NULL, FOREVER) == 0);
    threading_thread *thread = start(wait, NULL);
    while (!threading_barrier_n_waiting(&barrier))
        pause_ms(5);
    MUST(threading_barrier_destroy(&barrier) == EBUSY);
    wait(NULL);
    finish(thread);
    return 0;
}
