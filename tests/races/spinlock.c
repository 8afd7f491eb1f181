// expect: data-race
// Two threads protect one variable by two different spinlocks.
#include "race.h"

pthread_spinlock_t left, right;
int value;

void *with_left(void *unused) {
    pthread_spin_lock(&left);
    value = 1;
    pthread_spin_unlock(&left);
    return unused;
}

void *with_right(void *unused) {
    later();
    pthread_spin_lock(&right);
    value = 2;
    pthread_spin_unlock(&right);
    return unused;
}

int main(void) {
    pthread_spin_init(&left, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_init(&right, PTHREAD_PROCESS_PRIVATE);
    both(with_left, with_right, NULL);
    return 0;
}
