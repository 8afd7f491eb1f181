// confirm: lock-order-inversion
// The GIL and a native lock: one thread calls back with the lock held, the other takes the lock
// with the GIL held.
#include <pthread.h>
#include <threading.h>
#include <unistd.h>

#include "tests/programs/order.h"

static threading_gil gil = THREADING_GIL_INIT;
static pthread_mutex_t cache = PTHREAD_MUTEX_INITIALIZER;

static bool in_turn; // this run shall end well

static void rest(int stage) {
    if (in_turn)
        await(stage);
    else
        usleep(50000);
}

static void *callback(void *unused) {
    pthread_mutex_lock(&cache);
    threading_gil_acquire(&gil);
    threading_gil_release(&gil);
    pthread_mutex_unlock(&cache);
    reach(1);
    return unused;
}

static void *extension(void *unused) {
    rest(1);
    threading_gil_acquire(&gil);
    pthread_mutex_lock(&cache);
    pthread_mutex_unlock(&cache);
    threading_gil_release(&gil);
    return unused;
}

int main(int argc, char **argv) {
    in_turn = argc > 1 && argv[1];
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, callback, NULL);
    pthread_create(&threads[1], NULL, extension, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
