// expect: data-race
// stripped: data-race or possible
// A store of 64 bytes, where the processor has one (else two of 32), and the last byte of it.
#include "race.h"

_Alignas(64) char block[64];

__attribute__((target("avx512f"), noinline)) static void store(int by) {
    typedef int vector __attribute__((vector_size(64)));
    *(vector *)block = by - (vector){};
}

void *writes(void *by) {
    if (__builtin_cpu_supports("avx512f"))
        store(*(int *)by);
    else
        memset(block, *(int *)by, 64);
    SHARED(block);
    return NULL;
}

void *counts(void *by) {
    later();
    block[63] += (char)*(int *)by;
    return NULL;
}

int main(void) {
    int by = 3;
    both(writes, counts, &by);
    return 0;
}
