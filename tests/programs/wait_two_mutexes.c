// expect: cond-mutex-mismatch
// Two threads wait on one condition at the same time, each with a mutex of its own.
#include "program.h"

pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

void *work(void *argument) {
    pthread_mutex_t *lock = argument;
    struct timespec limit = in_ms(CLOCK_REALTIME, 150);
    pthread_mutex_lock(lock);
    while (pthread_cond_timedwait(&condition, lock, &limit) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(lock);
    return NULL;
}

int main(void) {
    pthread_t first = start(work, &locks[0]), second = start(work, &locks[1]);
    finish(first);
    finish(second);
    return 0;
}
