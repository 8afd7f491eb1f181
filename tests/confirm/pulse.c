// confirm: lost-wakeup
// An Event that is set and cleared again at once; its waiter is there in time by luck.
#include <pthread.h>
#include <threading.h>
#include <unistd.h>

static threading_event ready = THREADING_EVENT_INIT;

static void *wait_for_it(void *unused) {
    threading_event_wait(&ready, THREADING_FOREVER);
    return unused;
}

int main(void) {
    pthread_t waiter;
    pthread_create(&waiter, NULL, wait_for_it, NULL);
    usleep(300000);
    threading_event_set(&ready);
    threading_event_clear(&ready);
    pthread_join(waiter, NULL);
    return 0;
}
