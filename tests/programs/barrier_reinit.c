// expect: barrier-misuse
// also: double-init
// A barrier is initialised again while a thread waits at it.
#include "program.h"

pthread_barrier_t barrier;
int tid;

void *arrive(void *unused) {
    here_is(&tid);
    pthread_barrier_wait(&barrier);
    return unused;
}

int main(void) {
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_detach(start(arrive, NULL));
    await_blocked(&tid, &barrier, sizeof barrier);
    pthread_barrier_init(&barrier, NULL, 3);
    return 0;
}
