// expect: destroy-of-locked
// mtx_destroy of a held mutex.
#include "program.h"
#include <threads.h>

mtx_t lock;

int work(void *unused) {
    (void)unused;
    mtx_lock(&lock);
    mtx_destroy(&lock);
    return 0;
}

int main(void) {
    thrd_t thread;
    mtx_init(&lock, mtx_plain);
    thrd_create(&thread, work, NULL);
    thrd_join(thread, NULL);
    return 0;
}
