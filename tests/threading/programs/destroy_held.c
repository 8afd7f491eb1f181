// expect: destroy-of-locked
// A Lock is destroyed while it is held; it is refused.
#include "program.h"

int main(void) {
    threading_lock lock;
    MUST(threading_lock_init(&lock) == 0);
    take(&lock);
    MUST(threading_lock_destroy(&lock) == EBUSY);
    give(&lock);
    MUST(threading_lock_destroy(&lock) == 0);
    return 0;
}
