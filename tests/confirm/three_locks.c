// confirm: lock-order-inversion
// Three threads and three locks in a ring.
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER,
                       third = PTHREAD_MUTEX_INITIALIZER;

static void take(pthread_mutex_t *outer, pthread_mutex_t *inner) {
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
}

static void *ada(void *unused) {
    take(&first, &second);
    return unused;
}

static void *bob(void *unused) {
    usleep(30000);
    take(&second, &third);
    return unused;
}

static void *cyd(void *unused) {
    usleep(60000);
    take(&third, &first);
    return unused;
}

int main(void) {
    pthread_t threads[3];
    void *(*const work[3])(void *) = {ada, bob, cyd};
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, work[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
