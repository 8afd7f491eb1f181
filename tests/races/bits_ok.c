// expect: none
// tsan: data-race
// compiled: data-race
// why: compilers do not know that an asm statement is an atomic access
// Bits of one map are set and cleared atomically; one hands a value over.
#include "race.h"

unsigned long bitmap[16];
long value;

char was_set(long bit, int clear) {
    char was;
    if (clear)
        __asm__ volatile("lock btrq %2, %1; setc %0"
                         : "=q"(was), "+m"(bitmap[0])
                         : "r"(bit)
                         : "memory", "cc");
    else
        __asm__ volatile("lock btsq %2, %1; setc %0"
                         : "=q"(was), "+m"(bitmap[0])
                         : "r"(bit)
                         : "memory", "cc");
    return was;
}

void *give(void *unused) {
    was_set(5, 0);
    value = 3;
    was_set(64 * 11 + 7, 0);
    return unused;
}

void *take(void *unused) {
    was_set(6, 0);
    while (!was_set(64 * 11 + 7, 1))
        pause_ms(1);
    USE(value);
    return unused;
}

int main(void) {
    both(give, take, NULL);
    return 0;
}
