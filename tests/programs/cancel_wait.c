// expect: lock-held-at-thread-exit
// Cancelled in a condition wait, a thread has its mutex again; nothing unlocks it.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t never = PTHREAD_COND_INITIALIZER;

int tid;

void *work(void *unused) {
    here_is(&tid);
    pthread_mutex_lock(&lock);
    for (;;)
        pthread_cond_wait(&never, &lock);
    return unused;
}

int main(void) {
    pthread_t thread = start(work, NULL);
    await_blocked(&tid, &never, sizeof never);
    pthread_cancel(thread);
    MUST(finish(thread) == PTHREAD_CANCELED);
    MUST(pthread_mutex_trylock(&lock) == EBUSY);
    return 0;
}
