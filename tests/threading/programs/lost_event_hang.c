// expect: lost-wakeup (hang)
// also: deadlock
// An Event is set and cleared before the thread that needed it waits for ever.
#include "program.h"

static threading_event ready = THREADING_EVENT_INIT;

static void pulse(void *unused) {
    (void)unused;
    threading_event_set(&ready);
    threading_event_clear(&ready);
}

static void wait(void *unused) {
    (void)unused;
    threading_event_wait(&ready, FOREVER);
}

int main(void) {
    alarm(20);
    run(pulse, NULL);
    run(wait, NULL);
    return 0;
}
