// expect: lock-held-at-thread-exit
// A thread ends with a spinlock.
#include "program.h"

pthread_spinlock_t lock;

void *work(void *unused) {
    pthread_spin_lock(&lock);
    return unused;
}

int main(void) {
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    run(work, NULL);
    return 0;
}
