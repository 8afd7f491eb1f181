// expect: self-deadlock (hang)
// A plain C11 mutex is locked twice by its owner.
#include "program.h"
#include <threads.h>

mtx_t lock;

int work(void *unused) {
    (void)unused;
    mtx_lock(&lock);
    mtx_lock(&lock);
    return 0;
}

int main(void) {
    thrd_t thread;
    alarm(20);
    mtx_init(&lock, mtx_plain);
    thrd_create(&thread, work, NULL);
    thrd_join(thread, NULL);
    return 0;
}
