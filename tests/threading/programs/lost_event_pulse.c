// expect: lost-wakeup
// An Event is set and cleared again at once; its waiter is there in time by luck.
#include "program.h"

static threading_event ready = THREADING_EVENT_INIT;
static int tid;

static void wait(void *unused) {
    (void)unused;
    yield_always();
    here_is(&tid);
    MUST(threading_event_wait(&ready, THREADING_FOREVER) == 0);
}

static void pulse(void *unused) {
    (void)unused;
    await_blocked(&tid, NULL, 0);
    threading_event_set(&ready);
    threading_event_clear(&ready);
}

int main(void) {
    share_processor();
    threading_thread *waiter = start(wait, NULL);
    run(pulse, NULL);
    finish(waiter);
    return 0;
}
