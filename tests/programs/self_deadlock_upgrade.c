// expect: self-deadlock (hang)
// A reader asks for the write lock without giving up its read lock.
#include "program.h"

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

void *work(void *unused) {
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_wrlock(&lock);
    return unused;
}

int main(void) {
    alarm(20);
    run(work, NULL);
    return 0;
}
