// expect: deadlock (hang)
// also: lost-wakeup
// An Event would be set by a Timer that was cancelled.
#include "program.h"

static threading_event done = THREADING_EVENT_INIT;

static void fire(void *unused) {
    (void)unused;
    threading_event_set(&done);
}

int main(void) {
    threading_timer *timer;
    alarm(20);
    MUST(threading_timer_create(&timer, 10.0, fire, NULL) == 0);
    MUST(threading_timer_start(timer) == 0);
    MUST(threading_timer_cancel(timer) == 0);
    MUST(threading_timer_join(timer, FOREVER) == 0);
    threading_event_wait(&done, FOREVER);
    return 0;
}
