// expect: lock-held-at-thread-exit
// A thread ends with a Lock that nobody releases after it, and another one gives up waiting.
#include "program.h"

static threading_lock lock = THREADING_LOCK_INIT;

static void forgets(void *unused) {
    (void)unused;
    take(&lock);
}

static void needs(void *unused) {
    (void)unused;
    MUST(threading_lock_acquire(&lock, true, 0.1) == ETIMEDOUT);
}

int main(void) {
    run(forgets, NULL);
    run(needs, NULL);
    return 0;
}
