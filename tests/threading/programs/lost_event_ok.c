// expect: none
// An Event is set before the wait, and stays set.
#include "program.h"

static threading_event ready = THREADING_EVENT_INIT;

static void pulse(void *unused) {
    (void)unused;
    threading_event_set(&ready);
}

static void wait(void *unused) {
    (void)unused;
    MUST(threading_event_wait(&ready, 0.3) == 0);
}

int main(void) {
    run(pulse, NULL);
    run(wait, NULL);
    return 0;
}
