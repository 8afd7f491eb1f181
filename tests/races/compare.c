// expect: data-race
// tsan: none
// compiled: none
// why: compilers do not know what an asm statement accesses
// An instruction that compares bytes until they differ comes to one that another thread writes.
#include "race.h"

char one[64], two[64];

void *write_one(void *unused) {
    one[40] = 1;
    SHARED(one);
    return unused;
}

void *compare(void *unused) {
    later();
    const char *left = one, *right = two;
    long count = sizeof one;
    __asm__ volatile("repe cmpsb" : "+D"(left), "+S"(right), "+c"(count) : : "memory", "cc");
    USE(count);
    return unused;
}

int main(void) {
    both(write_one, compare, NULL);
    return 0;
}
