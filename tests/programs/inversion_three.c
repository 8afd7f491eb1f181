// expect: lock-order-inversion
// A cycle of three locks over three threads; no two of the threads can deadlock.
#include "program.h"

pthread_mutex_t locks[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                            PTHREAD_MUTEX_INITIALIZER};

void *take(void *argument) {
    intptr_t first = (intptr_t)argument, second = (first + 1) % 3;
    await((int)first);
    pthread_mutex_lock(&locks[first]);
    pthread_mutex_lock(&locks[second]);
    pthread_mutex_unlock(&locks[second]);
    pthread_mutex_unlock(&locks[first]);
    reach((int)first + 1);
    return NULL;
}

int main(void) {
    pthread_t threads[3];
    for (intptr_t i = 0; i < 3; i++)
        threads[i] = start(take, (void *)i);
    for (int i = 0; i < 3; i++)
        finish(threads[i]);
    return 0;
}
