/* threading_pulse.c: an Event that is set and cleared at once, for a thread that comes too late.
 *
 * The worker needs some time to get ready.  Whoever waits when the Event is set is woken, even if
 * it is cleared right after; whoever comes later sees nothing of it.  Here the worker gives up
 * after a while; without a time-out it would wait for ever.
 */
#include <stdio.h>
#include <time.h>

#include "threading.h"

static threading_event data_ready = THREADING_EVENT_INIT;

static void get_ready(void) {
    struct timespec time = {0, 100000000};
    nanosleep(&time, NULL);
}

static void worker(void *unused) {
    (void)unused;
    get_ready();
    printf(threading_event_wait(&data_ready, 0.3) ? "the worker saw no data\n"
                                                  : "the worker goes on\n");
}

static void announce(void) {
    threading_event_set(&data_ready);
    threading_event_clear(&data_ready); /* "so that the next one can be announced" */
}

int main(void) {
    threading_thread *thread;
    if (threading_thread_create(&thread, worker, NULL, NULL) || threading_thread_start(thread))
        return 1;
    announce();
    threading_thread_join(thread, THREADING_FOREVER);
    threading_thread_destroy(thread);
    return 0;
}
