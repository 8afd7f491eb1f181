// expect: lock-held-at-thread-exit
// A C11 thread leaves by thrd_exit with a mutex held.
#include "program.h"
#include <threads.h>

mtx_t lock;

int work(void *unused) {
    (void)unused;
    mtx_lock(&lock);
    thrd_exit(1);
}

int main(void) {
    thrd_t thread;
    mtx_init(&lock, mtx_plain);
    thrd_create(&thread, work, NULL);
    thrd_join(thread, NULL);
    return 0;
}
