// expect: lock-order-inversion
// The outer lock is taken by a try, the inner one blocks: that closes a cycle all the same.
#include "program.h"

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;

void *left_first(void *unused) {
    MUST(pthread_mutex_trylock(&left) == 0);
    pthread_mutex_lock(&right);
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    reach(1);
    return unused;
}

void *right_first(void *unused) {
    await(1);
    MUST(pthread_mutex_trylock(&right) == 0);
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
