// expect: double-release
// A recursive mutex is unlocked three times after two locks.
#include "program.h"

pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    pthread_mutex_unlock(&lock);
    printf("%d\n", pthread_mutex_unlock(&lock) == EPERM);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
