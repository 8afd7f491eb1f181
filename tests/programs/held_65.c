// expect: lock-order-inversion
// Deep inside 65 held locks, two more in opposite orders; the 65 are each thread's own.
#include "program.h"

pthread_mutex_t own[2][65], left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;

void *take(void *argument) {
    intptr_t me = (intptr_t)argument;
    await((int)me);
    for (int i = 0; i < 65; i++)
        pthread_mutex_lock(&own[me][i]);
    pthread_mutex_lock(me ? &left : &right);
    pthread_mutex_lock(me ? &right : &left);
    pthread_mutex_unlock(me ? &right : &left);
    pthread_mutex_unlock(me ? &left : &right);
    for (int i = 0; i < 65; i++)
        pthread_mutex_unlock(&own[me][i]);
    reach((int)me + 1);
    return NULL;
}

int main(void) {
    for (int i = 0; i < 65; i++) {
        pthread_mutex_init(&own[0][i], NULL);
        pthread_mutex_init(&own[1][i], NULL);
    }
    pthread_t first = start(take, (void *)0), second = start(take, (void *)1);
    finish(first);
    finish(second);
    return 0;
}
