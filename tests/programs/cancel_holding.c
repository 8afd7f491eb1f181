// expect: lock-held-at-thread-exit
// A thread is cancelled with a lock held and no cleanup handler.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
sem_t locked;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    sem_post(&locked);
    for (;;)
        pause();
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    sem_init(&locked, 0, 0);
    pthread_t thread = start(work, NULL);
    sem_wait(&locked);
    pthread_cancel(thread);
    MUST(finish(thread) == PTHREAD_CANCELED);
    return 0;
}
