// expect: none
// A lock made by hand of a futex, which three threads take in turns; one holds it for long.
#include <linux/futex.h>
#include <sys/syscall.h>

#include "program.h"

static uint32_t word; /* 0 free, 1 taken, 2 taken and waited for */
static int sum;

static void take(void) {
    while (__atomic_exchange_n(&word, 2, __ATOMIC_ACQUIRE))
        syscall(SYS_futex, &word, FUTEX_WAIT, 2, NULL, NULL, 0);
}

static void give(void) {
    if (__atomic_exchange_n(&word, 0, __ATOMIC_RELEASE) == 2)
        syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void *work(void *unused) {
    for (int i = 0; i < 1000; i++) {
        take();
        sum++;
        give();
    }
    return unused;
}

int main(void) {
    take();
    pthread_t one = start(work, NULL), two = start(work, NULL);
    pause_ms(1500);
    give();
    work(NULL);
    finish(one);
    finish(two);
    return sum != 3000;
}
