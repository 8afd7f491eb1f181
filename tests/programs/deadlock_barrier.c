// expect: deadlock (hang)
// A barrier for three that only two threads will ever reach.
#include "program.h"

pthread_barrier_t barrier;

void *arrive(void *unused) {
    pthread_barrier_wait(&barrier);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_barrier_init(&barrier, NULL, 3);
    pthread_t first = start(arrive, NULL), second = start(arrive, NULL);
    finish(first);
    finish(second);
    return 0;
}
