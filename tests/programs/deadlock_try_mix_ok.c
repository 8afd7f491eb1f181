// expect: none
// A timed call on one side breaks the cycle after 1.2 s, longer than the hang watch waits.
#include "program.h"

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
pthread_barrier_t both;

void *left_first(void *unused) {
    pthread_mutex_lock(&left);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&right);
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    return unused;
}

void *right_first(void *unused) {
    pthread_mutex_lock(&right);
    pthread_barrier_wait(&both);
    struct timespec limit = in_ms(CLOCK_REALTIME, 1200);
    MUST(pthread_mutex_timedlock(&left, &limit) == ETIMEDOUT);
    pthread_mutex_unlock(&right);
    return unused;
}

int main(void) {
    pthread_barrier_init(&both, NULL, 2);
    pthread_t first = start(left_first, NULL), second = start(right_first, NULL);
    finish(first);
    finish(second);
    pthread_barrier_destroy(&both);
    puts("went on");
    return 0;
}
