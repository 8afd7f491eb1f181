// expect: barrier-misuse
// also: deadlock
// Three threads use a barrier for two; the third one stays behind when the program ends.
#include "program.h"

pthread_barrier_t barrier;

void *arrive(void *unused) {
    pthread_barrier_wait(&barrier);
    return unused;
}

int main(void) {
    pthread_barrier_init(&barrier, NULL, 2);
    for (int i = 0; i < 3; i++)
        pthread_detach(start(arrive, NULL));
    pause_ms(200);
    return 0;
}
