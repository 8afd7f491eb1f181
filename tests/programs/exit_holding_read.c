// expect: lock-held-at-thread-exit
// A thread ends with a read lock.
#include "program.h"

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

void *work(void *unused) {
    pthread_rwlock_rdlock(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
