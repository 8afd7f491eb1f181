// expect: none
// A detached thread posts a semaphore when its result is there.
#include "race.h"

sem_t done;
int result;

void *work(void *unused) {
    result = 3;
    sem_post(&done);
    return unused;
}

int main(void) {
    sem_init(&done, 0, 0);
    pthread_detach(start(work, NULL));
    sem_wait(&done);
    printf("%d\n", result);
    return 0;
}
