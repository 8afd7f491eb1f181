// refute: lost_checked (info)
// A wait that checks a predicate under the mutex: the signal may come first.
#include <pthread.h>
#include <unistd.h>

#include "tests/programs/order.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int is_ready;

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
    pthread_mutex_lock(&lock);
    is_ready = 1;
    pthread_cond_signal(&ready);
    pthread_mutex_unlock(&lock);
    pthread_join(waiter, NULL);
    return 0;
}
