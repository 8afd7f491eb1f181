// expect: deadlock (hang)
// Five philosophers, each with a fork in the left hand.
#include "program.h"

pthread_mutex_t forks[5] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                            PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                            PTHREAD_MUTEX_INITIALIZER};
pthread_barrier_t seated;

void *philosopher(void *argument) {
    intptr_t seat = (intptr_t)argument;
    pthread_mutex_lock(&forks[seat]);
    pthread_barrier_wait(&seated);
    pthread_mutex_lock(&forks[(seat + 1) % 5]);
    return NULL;
}

int main(void) {
    pthread_t threads[5];
    alarm(20);
    pthread_barrier_init(&seated, NULL, 5);
    for (intptr_t i = 0; i < 5; i++)
        threads[i] = start(philosopher, (void *)i);
    for (int i = 0; i < 5; i++)
        finish(threads[i]);
    return 0;
}
