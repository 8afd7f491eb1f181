// expect: destroy-of-locked
// A condition is destroyed while a thread waits on it; a broadcast sets both free later.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t condition;
bool over;

void *waiter(void *unused) {
    pthread_mutex_lock(&lock);
    while (!over)
        pthread_cond_wait(&condition, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

void *saviour(void *unused) {
    pause_ms(100);
    pthread_mutex_lock(&lock);
    over = true;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_cond_init(&condition, NULL);
    pthread_t first = start(waiter, NULL), second = start(saviour, NULL);
    pause_ms(50);
    pthread_cond_destroy(&condition);
    finish(first);
    finish(second);
    return 0;
}
