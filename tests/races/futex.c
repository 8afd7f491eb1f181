// expect: data-race
// stripped: possible
// A thread that was woken reads what the waker writes afterwards.
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "race.h"

atomic_int ready;
int data;

void *produce(void *unused) {
    atomic_store(&ready, 1);
    syscall(SYS_futex, &ready, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    data = 1;
    return unused;
}

void *consume(void *unused) {
    while (!atomic_load(&ready))
        syscall(SYS_futex, &ready, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    later();
    USE(data);
    return unused;
}

int main(void) {
    both(produce, consume, NULL);
    return 0;
}
