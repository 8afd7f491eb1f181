// expect: deadlock (hang)
// Three threads that join each other in a ring.
#include "program.h"

pthread_t threads[3];
pthread_barrier_t known;

void *joiner(void *argument) {
    intptr_t me = (intptr_t)argument;
    pthread_barrier_wait(&known);
    pthread_join(threads[(me + 1) % 3], NULL);
    return NULL;
}

int main(void) {
    alarm(20);
    pthread_barrier_init(&known, NULL, 4);
    for (intptr_t i = 0; i < 3; i++)
        threads[i] = start(joiner, (void *)i);
    pthread_barrier_wait(&known);
    for (;;)
        pause();
}
