// expect: none
// Two strings differ, and one ends, before the bytes that another thread writes.
#include "race.h"

char one[64] = "one", two[64] = "only";

void *write_one(void *unused) {
    one[40] = 1;
    SHARED(one);
    return unused;
}

void *compare(void *unused) {
    later();
    const char *left = one, *right = two;
    long count = sizeof one, rest = sizeof one;
    __asm__ volatile("repe cmpsb" : "+D"(left), "+S"(right), "+c"(count) : : "memory", "cc");
    left = one;
    __asm__ volatile("repne scasb" : "+D"(left), "+c"(rest) : "a"(0) : "memory", "cc");
    USE(count + rest);
    return unused;
}

int main(void) {
    both(write_one, compare, NULL);
    return 0;
}
