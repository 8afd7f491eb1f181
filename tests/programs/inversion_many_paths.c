// expect: lock-order-inversion
// The same inversion by 50 paths and in many rounds is one finding.
// findings: 1
#include "program.h"

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noinline)) void pair(pthread_mutex_t *first, pthread_mutex_t *second, int depth) {
    if (depth) {
        pair(first, second, depth - 1);
        __asm__ volatile("");
        return;
    }
    pthread_mutex_lock(first);
    pthread_mutex_lock(second);
    pthread_mutex_unlock(second);
    pthread_mutex_unlock(first);
}

void *left_first(void *unused) {
    for (int depth = 0; depth < 50; depth++)
        pair(&left, &right, depth);
    reach(1);
    return unused;
}

void *right_first(void *unused) {
    await(1);
    for (int depth = 0; depth < 50; depth++)
        pair(&right, &left, depth);
    return unused;
}

int main(void) {
    pthread_t first = start(left_first, NULL), second = start(right_first, NULL);
    finish(first);
    finish(second);
    return 0;
}
