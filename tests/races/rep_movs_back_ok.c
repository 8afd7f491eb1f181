// expect: none
// A string instruction that goes downwards ends where it should.
#include "race.h"

long block[64], from[32];

void *copies(void *unused) {
    (void)unused;
    void *to = block + 63, *source = from + 31;
    long count = 32;
    __asm__ volatile("std; rep movsq; cld"
                     : "+D"(to), "+S"(source), "+c"(count)
                     :
                     : "memory", "cc");
    return NULL;
}

void *writes(void *by) {
    for (int i = 0; i < 32; i++)
        block[i] += *(int *)by;
    SHARED(block);
    return NULL;
}

int main(void) {
    int by = 1;
    both(copies, writes, &by);
    printf("%ld\n", block[31] + block[32]);
    return 0;
}
