// expect: deadlock (hang)
// A Barrier that can never fill: two of its three threads are all there are.
#include "program.h"

static threading_barrier barrier;

static void wait(void *unused) {
    (void)unused;
    threading_barrier_wait(&barrier, FOREVER, NULL);
}

int main(void) {
    alarm(20);
    MUST(threading_barrier_init(&barrier, 3, NULL, NULL, FOREVER) == 0);
    threading_thread *one = start(wait, NULL), *other = start(wait, NULL);
    finish(one);
    finish(other);
    return 0;
}
