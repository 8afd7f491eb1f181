// expect: none
// Semaphores that are no locks: one thread waits, another one posts, in both orders.
#include "program.h"

sem_t items, spaces;

void *producer(void *unused) {
    for (int i = 0; i < 100; i++) {
        sem_wait(&spaces);
        sem_post(&items);
    }
    return unused;
}

void *consumer(void *unused) {
    for (int i = 0; i < 100; i++) {
        sem_wait(&items);
        sem_post(&spaces);
    }
    return unused;
}

int main(void) {
    sem_init(&items, 0, 0);
    sem_init(&spaces, 0, 1);
    pthread_t first = start(producer, NULL), second = start(consumer, NULL);
    finish(first);
    finish(second);
    sem_destroy(&items);
    sem_destroy(&spaces);
    return 0;
}
