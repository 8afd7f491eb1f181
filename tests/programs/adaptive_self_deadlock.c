// expect: self-deadlock (hang)
// An adaptive mutex, as glibc itself likes them, locked twice by its owner.
#include "program.h"

pthread_mutex_t lock = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
    return unused;
}

int main(void) {
    alarm(20);
    run(work, NULL);
    return 0;
}
