// expect: none
// The inner request of one order has a time-out, that of the other does not block.
#include "program.h"

static threading_lock a = THREADING_LOCK_INIT, b = THREADING_LOCK_INIT;

static void timed(void *unused) {
    (void)unused;
    take(&a);
    if (threading_lock_acquire(&b, true, 0.5) == 0)
        give(&b);
    give(&a);
}

static void trying(void *unused) {
    (void)unused;
    take(&b);
    if (threading_lock_acquire(&a, false, FOREVER) == 0)
        give(&a);
    give(&b);
}

int main(void) {
    run(timed, NULL);
    threading_thread *one = start(timed, NULL), *other = start(trying, NULL);
    finish(one);
    finish(other);
    return 0;
}
