// expect: data-race
// tsan: none
// compiled: none
// why: compilers do not know what an asm statement accesses
// A bit is set far behind the operand of the instruction, in a word that another thread reads.
#include "race.h"

unsigned long bitmap[16];

void *set(void *unused) {
    __asm__ volatile("btsq %0, %1" : : "r"(64 * 9 + 3l), "m"(bitmap[0]) : "memory", "cc");
    return unused;
}

void *look(void *unused) {
    later();
    USE(bitmap[9]);
    return unused;
}

int main(void) {
    both(set, look, NULL);
    return 0;
}
