// expect: barrier-misuse (hang)
// also: deadlock
// A barrier is destroyed while a thread waits at it.
#include "program.h"

pthread_barrier_t barrier;
int tid;

void *arrive(void *unused) {
    here_is(&tid);
    pthread_barrier_wait(&barrier);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_t thread = start(arrive, NULL);
    await_blocked(&tid, &barrier, sizeof barrier);
    pthread_barrier_destroy(&barrier);
    finish(thread);
    return 0;
}
