// expect: none
// A lock made of gcc's __sync functions protects a counter.
#include "race.h"

int lock;
long counter;

void *count(void *unused) {
    for (int i = 0; i < 100; i++) {
        while (__sync_lock_test_and_set(&lock, 1))
            pause_ms(1);
        counter++;
        __sync_lock_release(&lock);
    }
    return unused;
}

int main(void) {
    both(count, count, NULL);
    printf("%ld\n", counter);
    return 0;
}
