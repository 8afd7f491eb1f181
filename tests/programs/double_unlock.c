// expect: double-release
// A mutex is unlocked twice by its owner.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
