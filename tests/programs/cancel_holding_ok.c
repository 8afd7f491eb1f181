// expect: none
// A cancelled thread unlocks in its cleanup handler.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
sem_t locked;

void unlock(void *argument) {
    pthread_mutex_unlock(argument);
}

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, &lock);
    sem_post(&locked);
    for (;;)
        pause();
    pthread_cleanup_pop(1);
    return unused;
}

int main(void) {
    sem_init(&locked, 0, 0);
    pthread_t thread = start(work, NULL);
    sem_wait(&locked);
    pthread_cancel(thread);
    MUST(finish(thread) == PTHREAD_CANCELED);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return 0;
}
