// expect: cond-mutex-mismatch
// Two threads wait on one condition at the same time, each with a mutex of its own.
#include "program.h"

pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

int waiting;
bool ended;

void *work(void *argument) {
    pthread_mutex_t *lock = argument;
    pthread_mutex_lock(lock);
    __atomic_add_fetch(&waiting, 1, __ATOMIC_RELEASE);
    while (!ended)
        pthread_cond_wait(&condition, lock);
    pthread_mutex_unlock(lock);
    return NULL;
}

int main(void) {
    pthread_t first = start(work, &locks[0]), second = start(work, &locks[1]);
    while (__atomic_load_n(&waiting, __ATOMIC_ACQUIRE) < 2)
        pause_ms(1);
    pthread_mutex_lock(&locks[0]); /* each is free only once who took it waits */
    pthread_mutex_lock(&locks[1]);
    ended = true;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&locks[1]);
    pthread_mutex_unlock(&locks[0]);
    finish(first);
    finish(second);
    return 0;
}
