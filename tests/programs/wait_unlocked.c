// expect: cond-wait-unlocked
// A condition wait without holding the mutex.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

void *work(void *unused) {
    struct timespec limit = in_ms(CLOCK_REALTIME, 20);
    pthread_cond_timedwait(&condition, &lock, &limit);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
