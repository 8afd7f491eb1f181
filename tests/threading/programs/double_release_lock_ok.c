// expect: none
// A Lock is released as often as it is acquired.
#include "program.h"

static threading_lock lock = THREADING_LOCK_INIT;

static void work(void *unused) {
    (void)unused;
    take(&lock);
    give(&lock);
    take(&lock);
    give(&lock);
}

int main(void) {
    run(work, NULL);
    return 0;
}
