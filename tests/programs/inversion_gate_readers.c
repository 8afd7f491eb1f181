// expect: lock-order-inversion
// The common gate is only read-locked by both, so both can be inside at once.
#include "program.h"

pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;
pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;

void *left_first(void *unused) {
    pthread_rwlock_rdlock(&gate);
    pthread_mutex_lock(&left);
    pthread_mutex_lock(&right);
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    pthread_rwlock_unlock(&gate);
    reach(1);
    return unused;
}

void *right_first(void *unused) {
    await(1);
    pthread_rwlock_rdlock(&gate);
    pthread_mutex_lock(&right);
    pthread_mutex_lock(&left);
    pthread_mutex_unlock(&left);
    pthread_mutex_unlock(&right);
    pthread_rwlock_unlock(&gate);
    return unused;
}

int main(void) {
    pthread_t first = start(left_first, NULL), second = start(right_first, NULL);
    finish(first);
    finish(second);
    return 0;
}
