// expect: none
// Only timed waits are open for 1.3 s: nobody is stuck.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t never = PTHREAD_COND_INITIALIZER;

void *waiter(void *unused) {
    struct timespec limit = in_ms(CLOCK_REALTIME, 1300);
    int result = 0;
    pthread_mutex_lock(&lock);
    while (result != ETIMEDOUT)
        result = pthread_cond_timedwait(&never, &lock, &limit);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    run(waiter, NULL);
    return 0;
}
