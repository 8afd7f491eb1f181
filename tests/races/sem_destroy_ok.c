// expect: none
// tsan: data-race
// why: ThreadSanitizer takes the end of any wait for a use; a barrier may go when one returned
// A semaphore and a barrier are destroyed by one of those who waited, as soon as it has waited.
#include <semaphore.h>

#include "race.h"

static sem_t ended;
static pthread_barrier_t together;

static void *meet(void *destroys) {
    pthread_barrier_wait(&together);
    if (destroys)
        pthread_barrier_destroy(&together);
    else
        sem_post(&ended);
    return NULL;
}

int main(void) {
    for (int i = 0; i < 20; i++) {
        sem_init(&ended, 0, 0);
        pthread_barrier_init(&together, NULL, 2);
        pthread_t one = start(meet, &ended), two = start(meet, NULL);
        sem_wait(&ended);
        sem_destroy(&ended);
        finish(one);
        finish(two);
    }
    return 0;
}
