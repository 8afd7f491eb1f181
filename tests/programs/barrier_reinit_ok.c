// expect: none
// A barrier is destroyed by the serial thread as soon as it has left, and initialised for others.
#include "program.h"

pthread_barrier_t barrier;

void *arrive(void *unused) {
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
        MUST(pthread_barrier_destroy(&barrier) == 0);
    return unused;
}

int main(void) {
    for (int parties = 1; parties < 6; parties++) {
        pthread_t threads[5];
        pthread_barrier_init(&barrier, NULL, (unsigned)parties);
        for (int i = 0; i < parties; i++)
            threads[i] = start(arrive, NULL);
        for (int i = 0; i < parties; i++)
            finish(threads[i]);
    }
    return 0;
}
