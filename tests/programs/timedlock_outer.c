// expect: lock-order-inversion
// The time limit is on the outer lock, where it does not help.
#include "program.h"

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;

void *left_first(void *unused) {
    pthread_mutex_lock(&left);
    pthread_mutex_lock(&right);
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    reach(1);
    return unused;
}

void *right_first(void *unused) {
    await(1);
    struct timespec limit = in_ms(CLOCK_REALTIME, 60000);
    MUST(pthread_mutex_timedlock(&right, &limit) == 0);
    pthread_mutex_lock(&left);
    pthread_mutex_unlock(&left);
    pthread_mutex_unlock(&right);
    return unused;
}

int main(void) {
    pthread_t first = start(left_first, NULL), second = start(right_first, NULL);
    finish(first);
    finish(second);
    return 0;
}
