// expect: use-after-destroy
// A mutex is destroyed twice.
#include "program.h"

pthread_mutex_t lock;

void *work(void *unused) {
    pthread_mutex_init(&lock, NULL);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    pthread_mutex_destroy(&lock);
    pthread_mutex_destroy(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
