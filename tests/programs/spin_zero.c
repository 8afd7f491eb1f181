// expect: deadlock (hang)
// also: self-deadlock, use-after-destroy
// On x86 a zero-filled spinlock is a locked one that nobody will ever release.
#include "program.h"

pthread_spinlock_t lock;

void *work(void *unused) {
    pthread_spin_lock(&lock);
    return unused;
}

int main(void) {
    alarm(20);
    run(work, NULL);
    return 0;
}
