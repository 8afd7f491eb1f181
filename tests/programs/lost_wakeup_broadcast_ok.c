// expect: none
// info: signal-without-lock
// Signals without the mutex, and broadcasts that nobody waits for, are legal.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
bool stop;
int tids[2];

void *waiter(void *tid) {
    here_is(tid);
    pthread_mutex_lock(&lock);
    while (!stop)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void) {
    for (int i = 0; i < 10; i++)
        pthread_cond_broadcast(&changed);
    pthread_t first = start(waiter, &tids[0]), second = start(waiter, &tids[1]);
    for (int i = 0; i < 2; i++)
        await_blocked(&tids[i], &changed, sizeof changed);
    pthread_mutex_lock(&lock);
    stop = true;
    pthread_mutex_unlock(&lock);
    pthread_cond_broadcast(&changed);
    finish(first);
    finish(second);
    pthread_cond_signal(&changed);
    return 0;
}
