// expect: lock-held-at-thread-exit (hang)
// also: deadlock
// A thread ended with the lock; another one needs it and waits for ever.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *careless(void *unused) {
    pthread_mutex_lock(&lock);
    return unused;
}

void *needy(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    alarm(20);
    run(careless, NULL);
    run(needy, NULL);
    return 0;
}
