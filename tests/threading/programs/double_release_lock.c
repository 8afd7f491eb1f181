// expect: double-release
// A Lock is released once too often.
#include "program.h"

static threading_lock lock = THREADING_LOCK_INIT;

static void work(void *unused) {
    (void)unused;
    take(&lock);
    give(&lock);
    MUST(threading_lock_release(&lock) == EPERM);
}

int main(void) {
    run(work, NULL);
    return 0;
}
