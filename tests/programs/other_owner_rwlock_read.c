// expect: release-by-non-owner
// A read lock is released by a thread that holds none.
#include "program.h"

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

void *stranger(void *unused) {
    pthread_rwlock_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_rwlock_rdlock(&lock);
    run(stranger, NULL);
    return 0;
}
