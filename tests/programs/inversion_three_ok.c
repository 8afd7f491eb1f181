// expect: none
// Three locks, three threads, every pair in the order of the array.
#include "program.h"

pthread_mutex_t locks[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                            PTHREAD_MUTEX_INITIALIZER};

void *take(void *argument) {
    intptr_t number = (intptr_t)argument;
    int first = number == 2 ? 0 : (int)number, second = number == 2 ? 2 : (int)number + 1;
    pthread_mutex_lock(&locks[first]);
    pthread_mutex_lock(&locks[second]);
    pthread_mutex_unlock(&locks[second]);
    pthread_mutex_unlock(&locks[first]);
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
