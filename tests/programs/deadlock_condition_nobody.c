// expect: deadlock (hang)
// also: lost-wakeup
// Producer and consumer wait for each other's signal.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t filled = PTHREAD_COND_INITIALIZER, emptied = PTHREAD_COND_INITIALIZER;
bool full, empty;

void *producer(void *unused) {
    pthread_mutex_lock(&lock);
    while (!empty)
        pthread_cond_wait(&emptied, &lock);
    full = true;
    pthread_cond_signal(&filled);
    pthread_mutex_unlock(&lock);
    return unused;
}

void *consumer(void *unused) {
    pthread_mutex_lock(&lock);
    while (!full)
        pthread_cond_wait(&filled, &lock);
    empty = true;
    pthread_cond_signal(&emptied);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_t first = start(producer, NULL), second = start(consumer, NULL);
    finish(first);
    finish(second);
    return 0;
}
