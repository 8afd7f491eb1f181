// expect: none
// The process ends while the main thread and a worker hold locks: the kernel takes all of it back.
#include "program.h"

pthread_mutex_t mine = PTHREAD_MUTEX_INITIALIZER, its = PTHREAD_MUTEX_INITIALIZER;
sem_t locked;

void *worker(void *unused) {
    pthread_mutex_lock(&its);
    sem_post(&locked);
    for (;;)
        pause();
    return unused;
}

int main(void) {
    sem_init(&locked, 0, 0);
    start(worker, NULL);
    sem_wait(&locked);
    pthread_mutex_lock(&mine);
    exit(0);
}
