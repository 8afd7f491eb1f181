// expect: none
// One thread takes both orders, at different times; nobody else takes either.
#include "program.h"

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;

void *both_orders(void *unused) {
    pthread_mutex_lock(&left);
    pthread_mutex_lock(&right);
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    pthread_mutex_lock(&right);
    pthread_mutex_lock(&left);
    pthread_mutex_unlock(&left);
    pthread_mutex_unlock(&right);
    return unused;
}

void *one_lock(void *unused) {
    pthread_mutex_lock(&left);
    pthread_mutex_unlock(&left);
    pthread_mutex_lock(&right);
    pthread_mutex_unlock(&right);
    return unused;
}

int main(void) {
    pthread_t first = start(both_orders, NULL), second = start(one_lock, NULL);
    finish(first);
    finish(second);
    return 0;
}
