// expect: double-init
// A global read-write lock is initialised by two modules.
#include "program.h"

pthread_rwlock_t lock;

__attribute__((noinline)) void module_a_setup(void) {
    pthread_rwlock_init(&lock, NULL);
}
__attribute__((noinline)) void module_b_setup(void) {
    pthread_rwlock_init(&lock, NULL);
}

void *work(void *unused) {
    module_a_setup();
    module_b_setup();
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_unlock(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
