// expect: lock-order-inversion
// The parent takes its locks after it created the child, which takes them the other way round.
#include "program.h"

pthread_mutex_t config = PTHREAD_MUTEX_INITIALIZER, log_lock = PTHREAD_MUTEX_INITIALIZER;

void *worker(void *unused) {
    await(1);
    pthread_mutex_lock(&log_lock);
    pthread_mutex_lock(&config);
    pthread_mutex_unlock(&config);
    pthread_mutex_unlock(&log_lock);
    return unused;
}

int main(void) {
    pthread_t thread = start(worker, NULL);
    pthread_mutex_lock(&config);
    pthread_mutex_lock(&log_lock);
    pthread_mutex_unlock(&log_lock);
    pthread_mutex_unlock(&config);
    reach(1);
    finish(thread);
    return 0;
}
