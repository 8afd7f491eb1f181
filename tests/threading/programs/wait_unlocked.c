// expect: cond-wait-unlocked
// A wait on a Condition whose lock is not held.
#include "program.h"

static threading_condition condition = THREADING_CONDITION_INIT;

static void wait(void *unused) {
    (void)unused;
    MUST(threading_condition_wait(&condition, 0.1) == EPERM);
}

int main(void) {
    run(wait, NULL);
    return 0;
}
