// expect: none
// The wait gives the mutex back to its caller, who unlocks it.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void *work(void *unused) {
    struct timespec limit = in_ms(CLOCK_REALTIME, 10), past = {1, 0};
    pthread_mutex_lock(&lock);
    while (pthread_cond_timedwait(&changed, &lock, &limit) != ETIMEDOUT)
        ;
    MUST(pthread_cond_timedwait(&changed, &lock, &past) == ETIMEDOUT);
    MUST(pthread_cond_clockwait(&changed, &lock, CLOCK_MONOTONIC, &past) == ETIMEDOUT);
    past.tv_nsec = -1;
    MUST(pthread_cond_timedwait(&changed, &lock, &past) == EINVAL);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
