// expect: none
// A hand-over by semaphore.
#include "race.h"

sem_t filled;
int data;

void *produce(void *unused) {
    data = 1;
    sem_post(&filled);
    return unused;
}

void *consume(void *unused) {
    sem_wait(&filled);
    printf("%d\n", data);
    return unused;
}

int main(void) {
    sem_init(&filled, 0, 0);
    both(produce, consume, NULL);
    sem_destroy(&filled);
    return 0;
}
