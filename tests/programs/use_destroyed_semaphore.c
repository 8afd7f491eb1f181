// expect: use-after-destroy
// A semaphore is posted after its destruction.
#include "program.h"

sem_t semaphore;

void *late(void *unused) {
    sem_post(&semaphore);
    return unused;
}

int main(void) {
    sem_init(&semaphore, 0, 0);
    sem_destroy(&semaphore);
    run(late, NULL);
    return 0;
}
