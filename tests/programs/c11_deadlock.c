// expect: deadlock (hang)
// Two C11 threads block each other.
#include "program.h"
#include <threads.h>

mtx_t left, right;

int left_first(void *unused) {
    (void)unused;
    mtx_lock(&left);
    pause_ms(100);
    mtx_lock(&right);
    return 0;
}

int right_first(void *unused) {
    (void)unused;
    mtx_lock(&right);
    pause_ms(100);
    mtx_lock(&left);
    return 0;
}

int main(void) {
    thrd_t first, second;
    alarm(20);
    mtx_init(&left, mtx_plain);
    mtx_init(&right, mtx_plain);
    thrd_create(&first, left_first, NULL);
    thrd_create(&second, right_first, NULL);
    thrd_join(first, NULL);
    thrd_join(second, NULL);
    return 0;
}
