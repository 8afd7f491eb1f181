// expect: self-deadlock
// A writer asks again for its read-write lock: glibc refuses with EDEADLK and does not hang.
#include "program.h"

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

void *work(void *unused) {
    pthread_rwlock_wrlock(&lock);
    printf("%d\n", pthread_rwlock_wrlock(&lock) == EDEADLK);
    pthread_rwlock_unlock(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
