// expect: lock-order-inversion
// Recursive mutexes, re-entered, in opposite orders.
#include "program.h"

pthread_mutex_t left = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
pthread_mutex_t right = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

void *left_first(void *unused) {
    pthread_mutex_lock(&left);
    pthread_mutex_lock(&left);
    pthread_mutex_lock(&right);
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    pthread_mutex_unlock(&left);
    reach(1);
    return unused;
}

void *right_first(void *unused) {
    await(1);
    pthread_mutex_lock(&right);
    pthread_mutex_lock(&left);
    pthread_mutex_lock(&right);
    pthread_mutex_unlock(&right);
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
