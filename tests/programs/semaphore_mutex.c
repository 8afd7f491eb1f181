// expect: lock-order-inversion
// A mutex and a semaphore used as a lock, in opposite orders.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
sem_t slot;

void *lock_first(void *unused) {
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&lock);
        sem_wait(&slot);
        sem_post(&slot);
        pthread_mutex_unlock(&lock);
    }
    reach(1);
    return unused;
}

void *slot_first(void *unused) {
    await(1);
    for (int i = 0; i < 3; i++) {
        sem_wait(&slot);
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
        sem_post(&slot);
    }
    return unused;
}

int main(void) {
    sem_init(&slot, 0, 1);
    pthread_t first = start(lock_first, NULL), second = start(slot_first, NULL);
    finish(first);
    finish(second);
    sem_destroy(&slot);
    return 0;
}
