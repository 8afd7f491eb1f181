// expect: none
// A Lock as a signal: the thread that holds it waits for another one to release it.
#include "program.h"

static threading_lock done = THREADING_LOCK_INIT;

static void work(void *unused) {
    (void)unused;
    pause_ms(2500);
    give(&done);
}

int main(void) {
    take(&done);
    threading_thread *worker = start(work, NULL);
    take(&done);
    give(&done);
    finish(worker);
    return 0;
}
