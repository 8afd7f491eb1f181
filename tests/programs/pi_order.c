// expect: lock-order-inversion
// Priority-inheriting mutexes in opposite orders.
#include "program.h"

pthread_mutex_t left, right;

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
    pthread_mutex_lock(&right);
    pthread_mutex_lock(&left);
    pthread_mutex_unlock(&left);
    pthread_mutex_unlock(&right);
    return unused;
}

int main(void) {
    pthread_mutexattr_t inherit;
    pthread_mutexattr_init(&inherit);
    pthread_mutexattr_setprotocol(&inherit, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&left, &inherit);
    pthread_mutex_init(&right, &inherit);
    pthread_t first = start(left_first, NULL), second = start(right_first, NULL);
    finish(first);
    finish(second);
    pthread_mutex_destroy(&left);
    pthread_mutex_destroy(&right);
    return 0;
}
