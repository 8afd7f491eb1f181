// expect: release-by-non-owner
// A write lock is released by another thread.
#include "program.h"

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

void *stranger(void *unused) {
    pthread_rwlock_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_rwlock_wrlock(&lock);
    run(stranger, NULL);
    return 0;
}
