// expect: double-release
// A C11 mutex is unlocked twice.
#include "program.h"
#include <threads.h>

mtx_t lock;

int work(void *unused) {
    (void)unused;
    mtx_lock(&lock);
    mtx_unlock(&lock);
    mtx_unlock(&lock);
    return 0;
}

int main(void) {
    thrd_t thread;
    mtx_init(&lock, mtx_plain);
    thrd_create(&thread, work, NULL);
    thrd_join(thread, NULL);
    return 0;
}
