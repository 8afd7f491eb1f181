// expect: none
// A hand-over by condition: what was written before the signal is read after the wait.
#include "race.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
int items, payload;

void *produce(void *unused) {
    later();
    payload = 6;
    pthread_mutex_lock(&lock);
    items++;
    pthread_cond_signal(&filled);
    pthread_mutex_unlock(&lock);
    return unused;
}

void *consume(void *unused) {
    pthread_mutex_lock(&lock);
    while (!items)
        pthread_cond_wait(&filled, &lock);
    items--;
    pthread_mutex_unlock(&lock);
    printf("%d\n", payload);
    return unused;
}

int main(void) {
    both(produce, consume, NULL);
    return 0;
}
