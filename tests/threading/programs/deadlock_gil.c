// expect: deadlock (hang)
// also: lock-order-inversion, blocked-holding-gil
// One thread has the GIL and waits for an RLock; the other has that and waits for the GIL.
#include "program.h"

static threading_gil gil = THREADING_GIL_INIT;
static threading_rlock lock = THREADING_RLOCK_INIT;
static threading_barrier both;

static void python(void *unused) {
    (void)unused;
    MUST(threading_gil_acquire(&gil) == 0);
    MUST(threading_barrier_wait(&both, FOREVER, NULL) == 0);
    take_r(&lock);
}

static void native(void *unused) {
    (void)unused;
    take_r(&lock);
    MUST(threading_barrier_wait(&both, FOREVER, NULL) == 0);
    MUST(threading_gil_acquire(&gil) == 0);
}

int main(void) {
    alarm(20);
    MUST(threading_barrier_init(&both, 2, NULL, NULL, FOREVER) == 0);
    threading_thread *one = start(python, NULL), *other = start(native, NULL);
    finish(one);
    finish(other);
    return 0;
}
