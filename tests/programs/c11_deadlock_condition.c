// expect: deadlock (hang)
// also: lost-wakeup
// The only other thread has ended when this one waits on a C11 condition.
#include "program.h"
#include <threads.h>

mtx_t lock;
cnd_t changed;
int ready;

int work(void *unused) {
    (void)unused;
    mtx_lock(&lock);
    while (!ready)
        cnd_wait(&changed, &lock);
    mtx_unlock(&lock);
    return 0;
}

int main(void) {
    thrd_t thread;
    alarm(20);
    mtx_init(&lock, mtx_plain);
    cnd_init(&changed);
    thrd_create(&thread, work, NULL);
    thrd_join(thread, NULL);
    return 0;
}
