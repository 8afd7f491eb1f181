// expect: double-release
// A process without a second thread releases a Lock twice.
#include "program.h"

int main(void) {
    threading_lock lock = THREADING_LOCK_INIT;
    take(&lock);
    give(&lock);
    MUST(threading_lock_release(&lock) == EPERM);
    return 0;
}
