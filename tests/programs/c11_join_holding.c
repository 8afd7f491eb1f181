// expect: deadlock (hang)
// thrd_join while holding the mutex that the thread needs.
#include "program.h"
#include <threads.h>

mtx_t lock;

int work(void *unused) {
    (void)unused;
    await(1);
    mtx_lock(&lock);
    mtx_unlock(&lock);
    return 0;
}

int main(void) {
    thrd_t thread;
    alarm(20);
    mtx_init(&lock, mtx_plain);
    thrd_create(&thread, work, NULL);
    mtx_lock(&lock);
    reach(1);
    thrd_join(thread, NULL);
    mtx_unlock(&lock);
    return 0;
}
