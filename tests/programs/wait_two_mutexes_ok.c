// expect: none
// One condition with two mutexes, one after the other, never at the same time.
#include "program.h"

pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

void *work(void *argument) {
    pthread_mutex_t *lock = argument;
    struct timespec limit = in_ms(CLOCK_REALTIME, 20);
    pthread_mutex_lock(lock);
    while (pthread_cond_timedwait(&condition, lock, &limit) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(lock);
    return NULL;
}

int main(void) {
    run(work, &locks[0]);
    run(work, &locks[1]);
    return 0;
}
