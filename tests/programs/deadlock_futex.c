// expect: deadlock (hang)
// A lock made by hand of a futex: its holder waits for the end of the thread that asks for it.
#include <linux/futex.h>
#include <sys/syscall.h>

#include "program.h"

static uint32_t word; /* 0 free, 1 taken, 2 taken and waited for */

static void take(void) {
    while (__atomic_exchange_n(&word, 2, __ATOMIC_ACQUIRE))
        syscall(SYS_futex, &word, FUTEX_WAIT, 2, NULL, NULL, 0);
}

static void give(void) {
    if (__atomic_exchange_n(&word, 0, __ATOMIC_RELEASE) == 2)
        syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void *work(void *unused) {
    take();
    give();
    return unused;
}

int main(void) {
    alarm(20);
    take();
    run(work, NULL);
    give();
    return 0;
}
