// confirm: lock-order-inversion
// The GIL and a native lock: one thread calls back with the lock held, the other takes the lock
// with the GIL held.
#include <pthread.h>
#include <threading.h>
#include <unistd.h>

static threading_gil gil = THREADING_GIL_INIT;
static pthread_mutex_t cache = PTHREAD_MUTEX_INITIALIZER;

static void *callback(void *unused) {
    pthread_mutex_lock(&cache);
    threading_gil_acquire(&gil);
    threading_gil_release(&gil);
    pthread_mutex_unlock(&cache);
    return unused;
}

static void *extension(void *unused) {
    usleep(50000);
    threading_gil_acquire(&gil);
    pthread_mutex_lock(&cache);
    pthread_mutex_unlock(&cache);
    threading_gil_release(&gil);
    return unused;
}

int main(void) {
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, callback, NULL);
    pthread_create(&threads[1], NULL, extension, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
