// expect: lock-order-inversion
// A Lock and an RLock, in opposite orders.
#include "program.h"

static threading_lock accounts = THREADING_LOCK_INIT;
static threading_rlock audit = THREADING_RLOCK_INIT;

static void first(void *unused) {
    (void)unused;
    take(&accounts);
    take_r(&audit);
    give_r(&audit);
    give(&accounts);
    reach(1);
}

static void second(void *unused) {
    (void)unused;
    take_r(&audit);
    take(&accounts);
    give(&accounts);
    give_r(&audit);
}

int main(void) {
    threading_thread *one = start(first, NULL);
    await(1);
    threading_thread *other = start(second, NULL);
    finish(one);
    finish(other);
    return 0;
}
