// expect: lock-order-inversion
// Spinlocks in opposite orders.
#include "program.h"

pthread_spinlock_t left, right;

void *left_first(void *unused) {
    pthread_spin_lock(&left);
    pthread_spin_lock(&right);
    pthread_spin_unlock(&right);
    pthread_spin_unlock(&left);
    reach(1);
    return unused;
}

void *right_first(void *unused) {
    await(1);
    pthread_spin_lock(&right);
    pthread_spin_lock(&left);
    pthread_spin_unlock(&left);
    pthread_spin_unlock(&right);
    return unused;
}

int main(void) {
    pthread_spin_init(&left, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_init(&right, PTHREAD_PROCESS_PRIVATE);
    pthread_t first = start(left_first, NULL), second = start(right_first, NULL);
    finish(first);
    finish(second);
    return 0;
}
