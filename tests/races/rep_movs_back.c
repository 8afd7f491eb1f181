// expect: data-race
// tsan: none
// compiled: none
// why: compilers do not know what an asm statement accesses
// A string instruction that goes downwards ends in what another thread writes.
#include "race.h"

long block[64], from[33];

void *copies(void *unused) {
    (void)unused;
    void *to = block + 63, *source = from + 32;
    long count = 33;
    __asm__ volatile("std; rep movsq; cld"
                     : "+D"(to), "+S"(source), "+c"(count)
                     :
                     : "memory", "cc");
    return NULL;
}

void *writes(void *by) {
    later();
    for (int i = 0; i < 32; i++)
        block[i] += *(int *)by;
    SHARED(block);
    return NULL;
}

int main(void) {
    int by = 1;
    both(copies, writes, &by);
    return 0;
}
