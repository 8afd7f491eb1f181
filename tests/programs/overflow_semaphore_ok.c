// expect: none
// A post up to SEM_VALUE_MAX, and refused calls that are no overflow.
#include "program.h"
#include <limits.h>

sem_t semaphore;

void *work(void *unused) {
    MUST(sem_post(&semaphore) == 0);
    MUST(sem_wait(&semaphore) == 0);
    MUST(sem_post(&semaphore) == 0);
    return unused;
}

int main(void) {
    sem_t refused;
    MUST(sem_init(&refused, 0, (unsigned)SEM_VALUE_MAX + 1u) == -1 && errno == EINVAL);
    sem_init(&semaphore, 0, SEM_VALUE_MAX - 1);
    run(work, NULL);
    sem_destroy(&semaphore);
    return 0;
}
