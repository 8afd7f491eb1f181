// expect: deadlock (hang)
// All threads wait for a unit that nobody is left to release.
#include "program.h"

static threading_semaphore semaphore;

static void wait(void *unused) {
    (void)unused;
    threading_semaphore_acquire(&semaphore, true, FOREVER);
}

int main(void) {
    alarm(20);
    MUST(threading_semaphore_init(&semaphore, 0) == 0);
    run(wait, NULL);
    return 0;
}
