// expect: release-by-non-owner
// A spinlock is released by another thread.
#include "program.h"

pthread_spinlock_t lock;

void *stranger(void *unused) {
    pthread_spin_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_lock(&lock);
    run(stranger, NULL);
    return 0;
}
