// expect: lock-order-inversion
// Five philosophers who each take the left fork first; today they are lucky.
#include "program.h"

pthread_mutex_t forks[5] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                            PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                            PTHREAD_MUTEX_INITIALIZER};

void *philosopher(void *argument) {
    intptr_t seat = (intptr_t)argument;
    await((int)seat);
    pthread_mutex_lock(&forks[seat]);
    pthread_mutex_lock(&forks[(seat + 1) % 5]);
    pthread_mutex_unlock(&forks[(seat + 1) % 5]);
    pthread_mutex_unlock(&forks[seat]);
    reach((int)seat + 1);
    return NULL;
}

int main(void) {
    pthread_t threads[5];
    for (intptr_t i = 0; i < 5; i++)
        threads[i] = start(philosopher, (void *)i);
    for (int i = 0; i < 5; i++)
        finish(threads[i]);
    return 0;
}
