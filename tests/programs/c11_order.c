// expect: lock-order-inversion
// C11 threads and mutexes, in opposite orders.
#include "program.h"
#include <threads.h>

mtx_t left, right;

int left_first(void *unused) {
    (void)unused;
    mtx_lock(&left);
    mtx_lock(&right);
    mtx_unlock(&right);
    mtx_unlock(&left);
    reach(1);
    return 0;
}

int right_first(void *unused) {
    (void)unused;
    await(1);
    mtx_lock(&right);
    mtx_lock(&left);
    mtx_unlock(&left);
    mtx_unlock(&right);
    return 0;
}

int main(void) {
    thrd_t first, second;
    mtx_init(&left, mtx_plain);
    mtx_init(&right, mtx_plain);
    thrd_create(&first, left_first, NULL);
    thrd_create(&second, right_first, NULL);
    thrd_join(first, NULL);
    thrd_join(second, NULL);
    mtx_destroy(&left);
    mtx_destroy(&right);
    return 0;
}
