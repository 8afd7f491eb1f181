// expect: deadlock (hang)
// The process cannot end: it waits for a thread, which waits for an Event that nobody is left to
// set.
#include "program.h"

static threading_event event = THREADING_EVENT_INIT;

static void wait(void *unused) {
    (void)unused;
    threading_event_wait(&event, FOREVER);
}

int main(void) {
    alarm(20);
    start(wait, NULL);
    return 0;
}
