// expect: none
// A spinlock, destroyed unlocked and initialised again.
#include "program.h"

pthread_spinlock_t lock;
int counter;

void *work(void *unused) {
    for (int i = 0; i < 1000; i++) {
        pthread_spin_lock(&lock);
        counter++;
        pthread_spin_unlock(&lock);
    }
    return unused;
}

int main(void) {
    for (int round = 0; round < 3; round++) {
        pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
        pthread_t first = start(work, NULL), second = start(work, NULL);
        finish(first);
        finish(second);
        pthread_spin_destroy(&lock);
    }
    printf("%d\n", counter);
    return 0;
}
