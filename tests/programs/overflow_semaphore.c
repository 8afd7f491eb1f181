// expect: semaphore-overflow
// A post above SEM_VALUE_MAX fails with EOVERFLOW.
#include "program.h"
#include <limits.h>

sem_t semaphore;

void *work(void *unused) {
    printf("%d\n", sem_post(&semaphore) == -1 && errno == EOVERFLOW);
    return unused;
}

int main(void) {
    sem_init(&semaphore, 0, SEM_VALUE_MAX);
    run(work, NULL);
    return 0;
}
