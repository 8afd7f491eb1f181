// expect: none
// Opposite orders, but only inside a common RLock.
#include "program.h"

static threading_lock a = THREADING_LOCK_INIT, b = THREADING_LOCK_INIT;
static threading_rlock gate = THREADING_RLOCK_INIT;

static void both(threading_lock *first, threading_lock *second) {
    take_r(&gate);
    take(first);
    take(second);
    give(second);
    give(first);
    give_r(&gate);
}

static void forth(void *unused) {
    (void)unused;
    both(&a, &b);
}

static void back(void *unused) {
    (void)unused;
    both(&b, &a);
}

int main(void) {
    threading_thread *one = start(forth, NULL), *other = start(back, NULL);
    finish(one);
    finish(other);
    return 0;
}
