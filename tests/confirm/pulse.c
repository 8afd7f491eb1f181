// confirm: lost-wakeup
// An Event that is set and cleared again at once; its waiter is there in time by luck.
#include <pthread.h>
#include <sched.h>
#include <threading.h>
#include <unistd.h>

#include "tests/programs/order.h"

static threading_event ready = THREADING_EVENT_INIT;

static int tid;

static void *wait_for_it(void *unused) {
    sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){0}); /* whoever wakes it goes on */
    here_is(&tid);
    threading_event_wait(&ready, THREADING_FOREVER);
    return unused;
}

int main(int argc, char **argv) {
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(sched_getcpu(), &here);
    sched_setaffinity(0, sizeof here, &here);
    pthread_t waiter;
    pthread_create(&waiter, NULL, wait_for_it, NULL);
    if (argc > 1 && argv[1])
        await_blocked(&tid, NULL, 0);
    else
        usleep(300000);
    threading_event_set(&ready);
    threading_event_clear(&ready);
    pthread_join(waiter, NULL);
    return 0;
}
