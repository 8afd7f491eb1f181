// expect: double-init
// A local mutex is initialised twice by one run of one function.
#include "program.h"

void *work(void *unused) {
    pthread_mutex_t lock;
    pthread_mutex_init(&lock, NULL);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    pthread_mutex_init(&lock, NULL);
    pthread_mutex_destroy(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
