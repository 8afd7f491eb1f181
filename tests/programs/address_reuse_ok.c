// expect: none
// Between the two orders the first lock is destroyed and another one initialised at its address;
// the threads are ordered by a mutex only.
#include "program.h"

pthread_mutex_t slot, other = PTHREAD_MUTEX_INITIALIZER, pool = PTHREAD_MUTEX_INITIALIZER;
bool renewed;

void *slot_first(void *unused) {
    pthread_mutex_lock(&slot);
    pthread_mutex_lock(&other);
    pthread_mutex_unlock(&other);
    pthread_mutex_unlock(&slot);
    pthread_mutex_destroy(&slot);
    pthread_mutex_init(&slot, NULL);
    pthread_mutex_lock(&pool);
    renewed = true;
    pthread_mutex_unlock(&pool);
    return unused;
}

void *other_first(void *unused) {
    for (bool ready = false; !ready; pause_ms(1)) {
        pthread_mutex_lock(&pool);
        ready = renewed;
        pthread_mutex_unlock(&pool);
    }
    pthread_mutex_lock(&other);
    pthread_mutex_lock(&slot);
    pthread_mutex_unlock(&slot);
    pthread_mutex_unlock(&other);
    return unused;
}

int main(void) {
    pthread_mutex_init(&slot, NULL);
    pthread_t first = start(slot_first, NULL), second = start(other_first, NULL);
    finish(first);
    finish(second);
    pthread_mutex_destroy(&slot);
    return 0;
}
