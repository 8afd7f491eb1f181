// expect: double-release
// After a condition wait the mutex is unlocked once by the helper and once by its caller.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void wait_a_little(void) {
    struct timespec limit = in_ms(CLOCK_REALTIME, 10);
    while (pthread_cond_timedwait(&changed, &lock, &limit) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&lock);
}

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    wait_a_little();
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
