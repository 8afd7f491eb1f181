// expect: none
// info: signal-without-lock
// Signals without the mutex, and broadcasts that nobody waits for, are legal.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
bool stop;

void *waiter(void *unused) {
    pthread_mutex_lock(&lock);
    while (!stop)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    for (int i = 0; i < 10; i++)
        pthread_cond_broadcast(&changed);
    pthread_t first = start(waiter, NULL), second = start(waiter, NULL);
    pause_ms(50);
    pthread_mutex_lock(&lock);
    stop = true;
    pthread_mutex_unlock(&lock);
    pthread_cond_broadcast(&changed);
    finish(first);
    finish(second);
    pthread_cond_signal(&changed);
    return 0;
}
