// expect: none
// Each set is waited for before it is cleared.
#include "program.h"

static threading_event ready = THREADING_EVENT_INIT, done = THREADING_EVENT_INIT;

static void consumer(void *unused) {
    (void)unused;
    for (int i = 0; i < 20; i++) {
        MUST(threading_event_wait(&ready, FOREVER) == 0);
        threading_event_clear(&ready);
        threading_event_set(&done);
    }
}

int main(void) {
    threading_thread *thread = start(consumer, NULL);
    for (int i = 0; i < 20; i++) {
        threading_event_set(&ready);
        MUST(threading_event_wait(&done, FOREVER) == 0);
        threading_event_clear(&done);
    }
    finish(thread);
    return 0;
}
