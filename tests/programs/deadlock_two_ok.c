// expect: none
// Two threads contend for two locks in one order, one of them held for a while.
#include "program.h"

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
pthread_barrier_t both;

void *work(void *unused) {
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&left);
    pause_ms(150);
    pthread_mutex_lock(&right);
    pause_ms(50);
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    return unused;
}

int main(void) {
    pthread_barrier_init(&both, NULL, 2);
    pthread_t first = start(work, NULL), second = start(work, NULL);
    finish(first);
    finish(second);
    pthread_barrier_destroy(&both);
    return 0;
}
