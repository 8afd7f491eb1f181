// expect: barrier-misuse
// A barrier breaks by a time-out.
#include "program.h"

static threading_barrier barrier;

static void wait(void *expected) {
    MUST(threading_barrier_wait(&barrier, 0.05, NULL) == (expected ? ECANCELED : 0));
}

int main(void) {
    MUST(threading_barrier_init(&barrier, 2, NULL, NULL, FOREVER) == 0);
    run(wait, &barrier);
    return 0;
}
