// expect: lock-order-inversion
// Two semaphores of value 1, used as locks, taken in opposite orders.
#include "program.h"

sem_t left, right;

void *left_first(void *unused) {
    for (int i = 0; i < 3; i++) {
        sem_wait(&left);
        sem_wait(&right);
        sem_post(&right);
        sem_post(&left);
    }
    reach(1);
    return unused;
}

void *right_first(void *unused) {
    await(1);
    for (int i = 0; i < 3; i++) {
        sem_wait(&right);
        sem_wait(&left);
        sem_post(&left);
        sem_post(&right);
    }
    return unused;
}

int main(void) {
    sem_init(&left, 0, 1);
    sem_init(&right, 0, 1);
    pthread_t first = start(left_first, NULL), second = start(right_first, NULL);
    finish(first);
    finish(second);
    sem_destroy(&left);
    sem_destroy(&right);
    return 0;
}
