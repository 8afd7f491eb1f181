// expect: destroy-of-locked
// A read-locked read-write lock is destroyed, which glibc does not notice.
#include "program.h"

pthread_rwlock_t lock;

void *work(void *unused) {
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_destroy(&lock);
    return unused;
}

int main(void) {
    pthread_rwlock_init(&lock, NULL);
    run(work, NULL);
    return 0;
}
