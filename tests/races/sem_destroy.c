// expect: data-race
// tsan: none
// why: it does not take the end of a semaphore for a use of it
// A semaphore is destroyed after one of two posts was waited for: the other may come later.
#include <semaphore.h>

#include "race.h"

static sem_t ended;

static void *end(void *last) {
    sem_post(&ended);
    if (last)
        reach_unseen(1);
    return NULL;
}

int main(void) {
    begin_unseen();
    sem_init(&ended, 0, 0);
    pthread_t one = start(end, NULL);
    sem_wait(&ended);
    pthread_t two = start(end, &ended);
    await_unseen(1);
    sem_destroy(&ended);
    finish(one);
    finish(two);
    return 0;
}
