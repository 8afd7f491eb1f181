// expect: deadlock (hang)
// also: lock-order-inversion
// Two threads, two Locks, each waits for the other.
#include "program.h"

static threading_lock a = THREADING_LOCK_INIT, b = THREADING_LOCK_INIT;
static threading_barrier both;

static void cross(threading_lock *first, threading_lock *second) {
    take(first);
    MUST(threading_barrier_wait(&both, FOREVER, NULL) == 0);
    take(second);
}

static void forth(void *unused) {
    (void)unused;
    cross(&a, &b);
}

static void back(void *unused) {
    (void)unused;
    cross(&b, &a);
}

int main(void) {
    alarm(20);
    MUST(threading_barrier_init(&both, 2, NULL, NULL, FOREVER) == 0);
    threading_thread *one = start(forth, NULL), *other = start(back, NULL);
    finish(one);
    finish(other);
    return 0;
}
