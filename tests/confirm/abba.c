// confirm: lock-order-inversion
// Two threads take two locks in opposite orders, at different times.
#include <pthread.h>
#include <unistd.h>

#include "tests/programs/order.h"

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER, audit = PTHREAD_MUTEX_INITIALIZER;

static bool in_turn; // this run shall end well

static void rest(int stage) {
    if (in_turn)
        await(stage);
    else
        usleep(50000);
}

static void *pay(void *unused) {
    pthread_mutex_lock(&accounts);
    pthread_mutex_lock(&audit);
    pthread_mutex_unlock(&audit);
    pthread_mutex_unlock(&accounts);
    reach(1);
    return unused;
}

static void *report(void *unused) {
    rest(1);
    pthread_mutex_lock(&audit);
    pthread_mutex_lock(&accounts);
    pthread_mutex_unlock(&accounts);
    pthread_mutex_unlock(&audit);
    return unused;
}

int main(int argc, char **argv) {
    in_turn = argc > 1 && argv[1];
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, pay, NULL);
    pthread_create(&threads[1], NULL, report, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
