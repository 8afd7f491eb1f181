// expect: none
// The lock is given up before the join; another one, that the thread does not need, is kept.
#include "program.h"

pthread_mutex_t state = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;

void *worker(void *unused) {
    pause_ms(50);
    pthread_mutex_lock(&state);
    pthread_mutex_unlock(&state);
    return unused;
}

int main(void) {
    pthread_t thread = start(worker, NULL);
    pthread_mutex_lock(&other);
    pthread_mutex_lock(&state);
    pthread_mutex_unlock(&state);
    finish(thread);
    pthread_mutex_unlock(&other);
    return 0;
}
