// expect: cond-wait-unlocked
// cnd_timedwait without holding the mutex.
#include "program.h"
#include <threads.h>

mtx_t lock;
cnd_t changed;

int work(void *unused) {
    (void)unused;
    struct timespec limit = in_ms(CLOCK_REALTIME, 20);
    cnd_timedwait(&changed, &lock, &limit);
    mtx_unlock(&lock);
    return 0;
}

int main(void) {
    thrd_t thread;
    mtx_init(&lock, mtx_plain);
    cnd_init(&changed);
    thrd_create(&thread, work, NULL);
    thrd_join(thread, NULL);
    return 0;
}
