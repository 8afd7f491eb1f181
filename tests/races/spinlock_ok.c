// expect: none
// A spinlock protects a variable.
#include "race.h"

pthread_spinlock_t lock;
int value;

void *count(void *unused) {
    for (int i = 0; i < 50; i++) {
        pthread_spin_lock(&lock);
        value++;
        pthread_spin_unlock(&lock);
    }
    return unused;
}

int main(void) {
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    both(count, count, NULL);
    pthread_spin_destroy(&lock);
    printf("%d\n", value);
    return 0;
}
