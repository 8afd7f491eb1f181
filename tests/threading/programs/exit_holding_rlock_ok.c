// expect: none
// A thread acquires an RLock twice, releases it twice, and ends.
#include "program.h"

static threading_rlock lock = THREADING_RLOCK_INIT;

static void balanced(void *unused) {
    (void)unused;
    take_r(&lock);
    take_r(&lock);
    give_r(&lock);
    give_r(&lock);
}

int main(void) {
    run(balanced, NULL);
    return 0;
}
