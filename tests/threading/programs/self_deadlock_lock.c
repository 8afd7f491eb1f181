// expect: self-deadlock (hang)
// also: deadlock
// A thread acquires a Lock twice, and nobody is there to release it.
#include "program.h"

static threading_lock lock = THREADING_LOCK_INIT;

static void twice(void *unused) {
    (void)unused;
    take(&lock);
    take(&lock);
}

int main(void) {
    alarm(20);
    threading_thread *thread = start(twice, NULL);
    finish(thread);
    return 0;
}
