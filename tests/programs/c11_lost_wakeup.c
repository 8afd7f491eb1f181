// expect: lost-wakeup (hang)
// also: deadlock
// C11: an item is signalled before its consumer comes, which does not look first.
#include "program.h"
#include <threads.h>

static mtx_t m;
static cnd_t c;
static int items;
static int consumer(void *x) {
    (void)x;
    await(1);
    mtx_lock(&m);
    if (items == 0 || 1)
        cnd_wait(&c, &m);
    items--;
    mtx_unlock(&m);
    return 0;
}
int main(void) {
    alarm(20);
    mtx_init(&m, mtx_plain);
    cnd_init(&c);
    thrd_t t;
    thrd_create(&t, consumer, 0);
    mtx_lock(&m);
    items++;
    cnd_signal(&c);
    mtx_unlock(&m);
    reach(1);
    thrd_join(t, 0);
    return 0;
}
