// expect: deadlock (hang)
// Two C11 threads block each other.
#include "program.h"
#include <threads.h>

mtx_t left, right;
pthread_barrier_t both;

int left_first(void *unused) {
    (void)unused;
    mtx_lock(&left);
    pthread_barrier_wait(&both);
    mtx_lock(&right);
    return 0;
}

int right_first(void *unused) {
    (void)unused;
    mtx_lock(&right);
    pthread_barrier_wait(&both);
    mtx_lock(&left);
    return 0;
}

int main(void) {
    thrd_t first, second;
    alarm(20);
    pthread_barrier_init(&both, NULL, 2);
    mtx_init(&left, mtx_plain);
    mtx_init(&right, mtx_plain);
    thrd_create(&first, left_first, NULL);
    thrd_create(&second, right_first, NULL);
    thrd_join(first, NULL);
    thrd_join(second, NULL);
    return 0;
}
