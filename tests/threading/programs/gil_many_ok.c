// expect: none
// Threads that switch at checkpoints.
#include "program.h"

static threading_gil gil = THREADING_GIL_INIT;
static long total;

static void work(void *unused) {
    (void)unused;
    MUST(threading_gil_acquire(&gil) == 0);
    for (int i = 0; i < 300000; i++) {
        total++;
        MUST(threading_gil_checkpoint(&gil) == 0);
    }
    MUST(threading_gil_release(&gil) == 0);
}

int main(void) {
    threading_thread *threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = start(work, NULL);
    for (int i = 0; i < 4; i++)
        finish(threads[i]);
    printf("%ld\n", total);
    return 0;
}
