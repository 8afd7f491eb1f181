// expect: release-by-non-owner
// A C11 mutex is unlocked by a thread that does not hold it.
#include "program.h"
#include <threads.h>

mtx_t lock;

int work(void *unused) {
    (void)unused;
    mtx_unlock(&lock);
    return 0;
}

int main(void) {
    thrd_t thread;
    mtx_init(&lock, mtx_plain);
    mtx_lock(&lock);
    thrd_create(&thread, work, NULL);
    thrd_join(thread, NULL);
    return 0;
}
