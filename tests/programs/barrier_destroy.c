// expect: barrier-misuse (hang)
// also: deadlock
// A barrier is destroyed while a thread waits at it.
#include "program.h"

pthread_barrier_t barrier;

void *arrive(void *unused) {
    pthread_barrier_wait(&barrier);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_t thread = start(arrive, NULL);
    pause_ms(100);
    pthread_barrier_destroy(&barrier);
    finish(thread);
    return 0;
}
