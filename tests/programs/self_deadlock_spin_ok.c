// expect: none
// A try on one's own spinlock is refused, and that is all.
#include "program.h"

pthread_spinlock_t lock;

void *work(void *unused) {
    pthread_spin_lock(&lock);
    printf("%d\n", pthread_spin_trylock(&lock) == EBUSY);
    pthread_spin_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    run(work, NULL);
    pthread_spin_destroy(&lock);
    return 0;
}
