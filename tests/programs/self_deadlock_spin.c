// expect: self-deadlock (hang)
// A spinlock is taken again by its owner, which spins for ever.
#include "program.h"

pthread_spinlock_t lock;

void *work(void *unused) {
    pthread_spin_lock(&lock);
    pthread_spin_lock(&lock);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    run(work, NULL);
    return 0;
}
