// expect: none
// A Lock may be released by another thread than acquired it.
#include "program.h"

static threading_lock lock = THREADING_LOCK_INIT;

static void release(void *unused) {
    (void)unused;
    give(&lock);
}

int main(void) {
    for (int i = 0; i < 5; i++) {
        take(&lock);
        run(release, NULL);
    }
    take(&lock);
    give(&lock);
    return 0;
}
