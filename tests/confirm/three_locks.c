// confirm: lock-order-inversion
// Three threads and three locks in a ring.
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#include "tests/programs/order.h"

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER,
                       third = PTHREAD_MUTEX_INITIALIZER;

static bool in_turn; // this run shall end well

static void rest(int stage) {
    if (in_turn)
        await(stage);
    else
        usleep(30000 * stage);
}

static void take(pthread_mutex_t *outer, pthread_mutex_t *inner) {
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
    step();
}

static void *ada(void *unused) {
    take(&first, &second);
    return unused;
}

static void *bob(void *unused) {
    rest(1);
    take(&second, &third);
    return unused;
}

static void *cyd(void *unused) {
    rest(2);
    take(&third, &first);
    return unused;
}

int main(int argc, char **argv) {
    in_turn = argc > 1 && argv[1];
    pthread_t threads[3];
    void *(*const work[3])(void *) = {ada, bob, cyd};
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, work[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
