// expect: none
// The parent's use of the locks ends before the child is created.
#include "program.h"

pthread_mutex_t config = PTHREAD_MUTEX_INITIALIZER, log_lock = PTHREAD_MUTEX_INITIALIZER;

void *worker(void *unused) {
    pthread_mutex_lock(&log_lock);
    pthread_mutex_lock(&config);
    pthread_mutex_unlock(&config);
    pthread_mutex_unlock(&log_lock);
    return unused;
}

int main(void) {
    pthread_mutex_lock(&config);
    pthread_mutex_lock(&log_lock);
    pthread_mutex_unlock(&log_lock);
    pthread_mutex_unlock(&config);
    run(worker, NULL);
    return 0;
}
