// expect: lock-held-at-thread-exit
// A detached thread ends with a lock.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
sem_t locked;
int tid;

void *work(void *unused) {
    here_is(&tid);
    pthread_mutex_lock(&lock);
    sem_post(&locked);
    return unused;
}

int main(void) {
    sem_init(&locked, 0, 0);
    pthread_detach(start(work, NULL));
    sem_wait(&locked);
    await_gone(&tid);
    return 0;
}
