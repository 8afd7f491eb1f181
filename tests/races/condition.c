// expect: data-race
// The consumer looks at the queue without the mutex, after a pause instead of a wait.
#include "race.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
int items;

void *produce(void *unused) {
    pthread_mutex_lock(&lock);
    items++;
    pthread_cond_signal(&filled);
    pthread_mutex_unlock(&lock);
    return unused;
}

void *consume(void *unused) {
    later();
    USE(items);
    return unused;
}

int main(void) {
    both(produce, consume, NULL);
    return 0;
}
