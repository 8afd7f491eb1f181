// expect: lock-order-inversion
// Each thread reads one read-write lock and then writes the other.
#include "program.h"

pthread_rwlock_t left = PTHREAD_RWLOCK_INITIALIZER, right = PTHREAD_RWLOCK_INITIALIZER;

void *left_first(void *unused) {
    pthread_rwlock_rdlock(&left);
    pthread_rwlock_wrlock(&right);
    pthread_rwlock_unlock(&right);
    pthread_rwlock_unlock(&left);
    reach(1);
    return unused;
}

void *right_first(void *unused) {
    await(1);
    pthread_rwlock_rdlock(&right);
    pthread_rwlock_wrlock(&left);
    pthread_rwlock_unlock(&left);
    pthread_rwlock_unlock(&right);
    return unused;
}

int main(void) {
    pthread_t first = start(left_first, NULL), second = start(right_first, NULL);
    finish(first);
    finish(second);
    return 0;
}
