// expect: data-race
// The data is written after the semaphore was posted.
#include "race.h"

sem_t filled;
int data;

void *produce(void *unused) {
    sem_post(&filled);
    data = 1;
    return unused;
}

void *consume(void *unused) {
    later();
    sem_wait(&filled);
    USE(data);
    return unused;
}

int main(void) {
    sem_init(&filled, 0, 0);
    both(produce, consume, NULL);
    return 0;
}
