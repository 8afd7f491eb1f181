// expect: lost-wakeup
// A thread waits without looking at the state that the notify was about.
#include "program.h"

static threading_condition condition = THREADING_CONDITION_INIT;
static bool ready;

static void notify(void *unused) {
    (void)unused;
    MUST(threading_condition_acquire(&condition) == 0);
    ready = true;
    MUST(threading_condition_notify(&condition, 1) == 0);
    MUST(threading_condition_release(&condition) == 0);
}

static void wait(void *unused) {
    (void)unused;
    MUST(threading_condition_acquire(&condition) == 0);
    threading_condition_wait(&condition, 0.3);
    MUST(threading_condition_release(&condition) == 0);
}

int main(void) {
    run(notify, NULL);
    run(wait, NULL);
    return ready ? 0 : 1;
}
