// expect: none
// A Lock and an RLock, always in the same order.
#include "program.h"

static threading_lock accounts = THREADING_LOCK_INIT;
static threading_rlock audit = THREADING_RLOCK_INIT;

static void first(void *unused) {
    (void)unused;
    take(&accounts);
    take_r(&audit);
    give_r(&audit);
    give(&accounts);
}

static void second(void *unused) {
    (void)unused;
    first(NULL);
}

int main(void) {
    threading_thread *one = start(first, NULL);
    pause_ms(50);
    threading_thread *other = start(second, NULL);
    finish(one);
    finish(other);
    return 0;
}
