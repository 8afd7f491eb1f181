// expect: none
// A lock made of an atomic variable and futex calls.
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "race.h"

atomic_int state; /* 0 free, 1 taken, 2 taken and somebody waits */
int value;

void lock(void) {
    int old = 0;
    if (atomic_compare_exchange_strong(&state, &old, 1))
        return;
    while (atomic_exchange(&state, 2))
        syscall(SYS_futex, &state, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

void unlock(void) {
    if (atomic_exchange(&state, 0) == 2)
        syscall(SYS_futex, &state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void *count(void *unused) {
    for (int i = 0; i < 100; i++) {
        lock();
        value++;
        unlock();
    }
    return unused;
}

int main(void) {
    both(count, count, NULL);
    printf("%d\n", value);
    return 0;
}
