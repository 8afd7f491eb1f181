// confirm: lost-wakeup
// A flag is set and signalled without the mutex: the signal can come between check and wait.
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "tests/programs/order.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static atomic_bool is_ready;

static int tid;

static void *wait_for_it(void *unused) {
    here_is(&tid);
    pthread_mutex_lock(&lock);
    while (!is_ready)
        pthread_cond_wait(&ready, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(int argc, char **argv) {
    pthread_t waiter;
    pthread_create(&waiter, NULL, wait_for_it, NULL);
    if (argc > 1 && argv[1])
        await_blocked(&tid, &ready, sizeof ready);
    else
        usleep(300000);
    is_ready = true;
    pthread_cond_signal(&ready);
    pthread_join(waiter, NULL);
    return 0;
}
