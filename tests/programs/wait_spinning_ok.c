// expect: none
// Threads wait for a thread that computes for 1.3 s without any call.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
volatile unsigned work;

void *waiter(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_mutex_lock(&lock);
    pthread_t first = start(waiter, NULL), second = start(waiter, NULL);
    struct timespec end = in_ms(CLOCK_MONOTONIC, 1300), now;
    do {
        for (int i = 0; i < 100000; i++)
            work++;
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
    pthread_mutex_unlock(&lock);
    finish(first);
    finish(second);
    return 0;
}
