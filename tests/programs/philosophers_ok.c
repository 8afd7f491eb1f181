// expect: none
// The last philosopher takes the other fork first.
#include "program.h"

pthread_mutex_t forks[5] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                            PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                            PTHREAD_MUTEX_INITIALIZER};

void *philosopher(void *argument) {
    int seat = (int)(intptr_t)argument, next = (seat + 1) % 5;
    int first = seat < next ? seat : next, second = seat < next ? next : seat;
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&forks[first]);
        pthread_mutex_lock(&forks[second]);
        pthread_mutex_unlock(&forks[second]);
        pthread_mutex_unlock(&forks[first]);
    }
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
