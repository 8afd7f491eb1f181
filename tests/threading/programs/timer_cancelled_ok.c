// expect: none
// A Timer that is cancelled twice and joined, while another one fires.
#include "program.h"

static threading_event done = THREADING_EVENT_INIT;

static void fire(void *event) {
    threading_event_set(event);
}

int main(void) {
    threading_timer *never, *soon;
    MUST(threading_timer_create(&never, 30.0, fire, NULL) == 0);
    MUST(threading_timer_create(&soon, 0.01, fire, &done) == 0);
    MUST(threading_timer_start(never) == 0);
    MUST(threading_timer_start(soon) == 0);
    MUST(threading_event_wait(&done, FOREVER) == 0);
    MUST(threading_timer_cancel(never) == 0);
    MUST(threading_timer_cancel(never) == 0);
    MUST(threading_timer_join(never, FOREVER) == 0);
    MUST(threading_timer_join(soon, FOREVER) == 0);
    MUST(threading_timer_destroy(never) == 0);
    MUST(threading_timer_destroy(soon) == 0);
    return 0;
}
