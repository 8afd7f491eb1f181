// expect: deadlock (hang)
// Two writers, each in the other's read-write lock.
#include "program.h"

pthread_rwlock_t left = PTHREAD_RWLOCK_INITIALIZER, right = PTHREAD_RWLOCK_INITIALIZER;
pthread_barrier_t both;

void *left_first(void *unused) {
    pthread_rwlock_rdlock(&left);
    pthread_barrier_wait(&both);
    pthread_rwlock_wrlock(&right);
    return unused;
}

void *right_first(void *unused) {
    pthread_rwlock_wrlock(&right);
    pthread_barrier_wait(&both);
    pthread_rwlock_wrlock(&left);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_barrier_init(&both, NULL, 2);
    pthread_t first = start(left_first, NULL), second = start(right_first, NULL);
    finish(first);
    finish(second);
    return 0;
}
