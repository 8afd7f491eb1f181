// expect: none
// The initialisation is over before the thread that calls it under the lock exists.
#include "program.h"

pthread_once_t once = PTHREAD_ONCE_INIT;
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void setup(void) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
}

void *locker(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_once(&once, setup);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_once(&once, setup);
    pthread_t first = start(locker, NULL), second = start(locker, NULL);
    finish(first);
    finish(second);
    return 0;
}
