// expect: none
// As many threads as parties, in 100 rounds; one of each round is the serial thread.
#include "program.h"

pthread_barrier_t barrier;
int serial;

void *arrive(void *unused) {
    for (int i = 0; i < 100; i++) {
        int result = pthread_barrier_wait(&barrier);
        if (result == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_add_fetch(&serial, 1, __ATOMIC_RELAXED);
        else
            MUST(result == 0);
    }
    return unused;
}

int main(void) {
    pthread_t threads[4];
    pthread_barrier_init(&barrier, NULL, 4);
    for (int i = 0; i < 4; i++)
        threads[i] = start(arrive, NULL);
    for (int i = 0; i < 4; i++)
        finish(threads[i]);
    printf("%d\n", serial);
    pthread_barrier_destroy(&barrier);
    return 0;
}
