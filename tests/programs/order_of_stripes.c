// expect: lock-order-inversion
// All stripes of a table are locked in order, and two of them in the other one.
#include <pthread.h>
#include <unistd.h>
enum { N = 8 };
static pthread_mutex_t stripe[N] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static volatile int resized; /* in time, but ordered by nothing that counts */
static void *resize(void *x) {
    for (int i = 0; i < N; i++)
        pthread_mutex_lock(stripe + i);
    for (int i = N; i-- > 0;)
        pthread_mutex_unlock(stripe + i);
    resized = 1;
    return x;
}
static void *rename_key(void *x) {
    pthread_mutex_lock(stripe + 5);
    pthread_mutex_lock(stripe + 2);
    pthread_mutex_unlock(stripe + 2);
    pthread_mutex_unlock(stripe + 5);
    return x;
}
int main(void) {
    pthread_t t, u;
    pthread_create(&t, 0, resize, 0);
    while (!resized)
        usleep(1000);
    pthread_create(&u, 0, rename_key, 0);
    pthread_join(t, 0);
    pthread_join(u, 0);
    return 0;
}
