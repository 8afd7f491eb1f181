// expect: none
// The third one is late, but comes.
#include "program.h"

pthread_barrier_t barrier;

void *arrive(void *unused) {
    pthread_barrier_wait(&barrier);
    return unused;
}

int main(void) {
    pthread_barrier_init(&barrier, NULL, 3);
    pthread_t first = start(arrive, NULL), second = start(arrive, NULL);
    pause_ms(1300);
    pthread_barrier_wait(&barrier);
    finish(first);
    finish(second);
    pthread_barrier_destroy(&barrier);
    return 0;
}
