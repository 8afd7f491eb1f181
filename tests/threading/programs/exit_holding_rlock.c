// expect: lock-held-at-thread-exit
// A thread acquires an RLock twice, releases it once, and ends.
#include "program.h"

static threading_rlock lock = THREADING_RLOCK_INIT;

static void unbalanced(void *unused) {
    (void)unused;
    take_r(&lock);
    take_r(&lock);
    give_r(&lock);
}

int main(void) {
    run(unbalanced, NULL);
    return 0;
}
