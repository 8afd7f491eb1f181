// expect: join-misuse
// A thread joins itself.
#include "program.h"

static void narcissus(void *unused) {
    (void)unused;
    MUST(threading_thread_join(threading_current_thread(), FOREVER) == EDEADLK);
}

int main(void) {
    run(narcissus, NULL);
    return 0;
}
