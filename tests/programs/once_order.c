// expect: lock-order-inversion
// A lock taken inside an initialiser, and the initialiser called under the lock.
#include "program.h"

pthread_once_t once = PTHREAD_ONCE_INIT;
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void setup(void) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
}

void *initialiser(void *unused) {
    pthread_once(&once, setup);
    reach(1);
    return unused;
}

void *locker(void *unused) {
    await(1);
    pthread_mutex_lock(&lock);
    pthread_once(&once, setup);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_t first = start(initialiser, NULL), second = start(locker, NULL);
    finish(first);
    finish(second);
    return 0;
}
