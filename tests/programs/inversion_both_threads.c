// expect: lock-order-inversion
// Both threads run the code that takes both orders: now two of them can meet.
#include "program.h"

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;

void *both_orders(void *number) {
    await((int)(intptr_t)number);
    pthread_mutex_lock(&left);
    pthread_mutex_lock(&right);
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    pthread_mutex_lock(&right);
    pthread_mutex_lock(&left);
    pthread_mutex_unlock(&left);
    pthread_mutex_unlock(&right);
    step();
    return NULL;
}

int main(void) {
    pthread_t first = start(both_orders, (void *)0), second = start(both_orders, (void *)1);
    finish(first);
    finish(second);
    return 0;
}
