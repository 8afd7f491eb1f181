// expect: none
// The mutex is held for the wait, a recursive one at one level.
#include "program.h"

pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

void *work(void *unused) {
    struct timespec limit = in_ms(CLOCK_REALTIME, 20);
    pthread_mutex_lock(&lock);
    while (pthread_cond_timedwait(&condition, &lock, &limit) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
