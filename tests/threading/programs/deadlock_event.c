// expect: deadlock (hang)
// All threads wait for an Event that nobody is left to set.
#include "program.h"

static threading_event event = THREADING_EVENT_INIT;

static void wait(void *unused) {
    (void)unused;
    threading_event_wait(&event, FOREVER);
}

int main(void) {
    alarm(20);
    run(wait, NULL);
    return 0;
}
