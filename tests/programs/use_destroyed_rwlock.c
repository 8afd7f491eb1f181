// expect: use-after-destroy
// A read-write lock is used after its destruction.
#include "program.h"

pthread_rwlock_t lock;

void *late(void *unused) {
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_rwlock_init(&lock, NULL);
    pthread_rwlock_destroy(&lock);
    run(late, NULL);
    return 0;
}
