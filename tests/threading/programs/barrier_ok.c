// expect: none
// Rounds of a barrier, one reset between them, and a destroy at the end.
#include "program.h"

static threading_barrier barrier;

static void rounds(void *unused) {
    (void)unused;
    for (int i = 0; i < 50; i++)
        MUST(threading_barrier_wait(&barrier, FOREVER, NULL) == 0);
}

static void all_rounds(void) {
    threading_thread *threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = start(rounds, NULL);
    for (int i = 0; i < 4; i++)
        finish(threads[i]);
}

int main(void) {
    MUST(threading_barrier_init(&barrier, 4, NULL, NULL, FOREVER) == 0);
    all_rounds();
    MUST(threading_barrier_reset(&barrier) == 0);
    all_rounds();
    MUST(threading_barrier_destroy(&barrier) == 0);
    return 0;
}
