// expect: release-by-non-owner
// A thread releases an RLock that another one holds.
#include "program.h"

static threading_rlock lock = THREADING_RLOCK_INIT;

static void thief(void *unused) {
    (void)unused;
    MUST(threading_rlock_release(&lock) == EPERM);
}

int main(void) {
    take_r(&lock);
    run(thief, NULL);
    give_r(&lock);
    return 0;
}
