// expect: none
// Conditions on the monotonic clock, waits that run out and waits that do not.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed;
int value;

void *waiter(void *unused) {
    struct timespec limit = in_ms(CLOCK_MONOTONIC, 60000);
    pthread_mutex_lock(&lock);
    while (value < 3)
        MUST(pthread_cond_timedwait(&changed, &lock, &limit) == 0);
    limit = in_ms(CLOCK_MONOTONIC, 10);
    while (pthread_cond_timedwait(&changed, &lock, &limit) == 0)
        ;
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attributes);
    pthread_t first = start(waiter, NULL), second = start(waiter, NULL);
    for (int i = 0; i < 3; i++) {
        pause_ms(10);
        pthread_mutex_lock(&lock);
        value++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    finish(first);
    finish(second);
    pthread_cond_destroy(&changed);
    return 0;
}
