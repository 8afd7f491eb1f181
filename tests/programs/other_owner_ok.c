// expect: none
// A semaphore may be posted by another thread than the one that waited.
#include "program.h"

sem_t slot;

void *stranger(void *unused) {
    sem_post(&slot);
    return unused;
}

int main(void) {
    sem_init(&slot, 0, 1);
    sem_wait(&slot);
    run(stranger, NULL);
    sem_wait(&slot);
    sem_destroy(&slot);
    return 0;
}
