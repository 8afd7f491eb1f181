// expect: double-release
// A RLock is released once too often.
#include "program.h"

static threading_rlock lock = THREADING_RLOCK_INIT;

static void work(void *unused) {
    (void)unused;
    take_r(&lock);
    take_r(&lock);
    give_r(&lock);
    give_r(&lock);
    MUST(threading_rlock_release(&lock) == EPERM);
}

int main(void) {
    run(work, NULL);
    return 0;
}
