// expect: lost-wakeup
// An Event is set and cleared before the thread that needed it waits.
#include "program.h"

static threading_event ready = THREADING_EVENT_INIT;

static void pulse(void *unused) {
    (void)unused;
    threading_event_set(&ready);
    threading_event_clear(&ready);
}

static void wait(void *unused) {
    (void)unused;
    MUST(threading_event_wait(&ready, 0.3) == ETIMEDOUT);
}

int main(void) {
    run(pulse, NULL);
    run(wait, NULL);
    return 0;
}
