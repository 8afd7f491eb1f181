// expect: self-deadlock (hang)
// A statically initialised, so normal, mutex is locked twice by its owner.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int items;

void clear(void) {
    pthread_mutex_lock(&lock);
    items = 0;
    pthread_mutex_unlock(&lock);
}

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    clear();
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    alarm(20);
    run(work, NULL);
    return 0;
}
