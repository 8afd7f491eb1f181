// expect: use-after-destroy
// A spinlock is taken after its destruction.
#include "program.h"

pthread_spinlock_t lock;

void *late(void *unused) {
    MUST(pthread_spin_trylock(&lock) == 0);
    pthread_spin_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_destroy(&lock);
    run(late, NULL);
    return 0;
}
