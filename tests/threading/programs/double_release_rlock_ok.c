// expect: none
// A RLock is released as often as it is acquired.
#include "program.h"

static threading_rlock lock = THREADING_RLOCK_INIT;

static void work(void *unused) {
    (void)unused;
    take_r(&lock);
    take_r(&lock);
    give_r(&lock);
    give_r(&lock);
}

int main(void) {
    run(work, NULL);
    return 0;
}
