// expect: none
// Daemon threads are abandoned at exit, one that holds a lock and one that waits.
#include "program.h"

static threading_rlock lock = THREADING_RLOCK_INIT;
static threading_event never = THREADING_EVENT_INIT, ready = THREADING_EVENT_INIT;

static void service(void *unused) {
    (void)unused;
    take_r(&lock);
    threading_event_set(&ready);
    threading_event_wait(&never, FOREVER);
    give_r(&lock);
}

int main(void) {
    struct threading_thread_options daemon = {"service", 1};
    threading_thread *thread;
    MUST(threading_thread_create(&thread, service, NULL, &daemon) == 0);
    MUST(threading_thread_start(thread) == 0);
    MUST(threading_event_wait(&ready, FOREVER) == 0);
    return 0;
}
