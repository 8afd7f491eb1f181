// expect: none
// A condition may be destroyed as soon as its waiters have been woken, before they have returned.
#include "program.h"

struct job {
    pthread_mutex_t lock;
    pthread_cond_t finished;
    int waiters;
    bool done;
} job;

void *waiter(void *unused) {
    pthread_mutex_lock(&job.lock);
    job.waiters++;
    while (!job.done)
        pthread_cond_wait(&job.finished, &job.lock);
    pthread_mutex_unlock(&job.lock);
    return unused;
}

int main(void) {
    for (int round = 0; round < 20; round++) {
        pthread_mutex_init(&job.lock, NULL);
        pthread_cond_init(&job.finished, NULL);
        job.waiters = 0;
        job.done = false;
        pthread_t first = start(waiter, NULL), second = start(waiter, NULL);
        for (int waiters = 0; waiters < 2; pause_ms(1)) {
            pthread_mutex_lock(&job.lock);
            waiters = job.waiters;
            pthread_mutex_unlock(&job.lock);
        }
        pthread_mutex_lock(&job.lock);
        job.done = true;
        pthread_cond_broadcast(&job.finished);
        pthread_cond_destroy(&job.finished);
        pthread_mutex_unlock(&job.lock);
        finish(first);
        finish(second);
        pthread_mutex_destroy(&job.lock);
    }
    return 0;
}
