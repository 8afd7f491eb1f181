// expect: data-race
// A thread writes to a block after it was told that another one has freed it: in order, and wrong.
#include <semaphore.h>

#include "race.h"

static sem_t freed;

static void *free_it(void *block) {
    free(block);
    sem_post(&freed);
    return NULL;
}

static void *write_it(void *block) {
    sem_wait(&freed);
    *(volatile long *)((char *)block + 40) = 1;
    return NULL;
}

int main(void) {
    sem_init(&freed, 0, 0);
    both(free_it, write_it, calloc(1, 100));
    return 0;
}
