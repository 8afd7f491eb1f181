// expect: data-race
// tsan: none
// compiled: none
// why: compilers do not tell of what a gather instruction reads
// A gather instruction reads, among others, an element that another thread writes.
#include <immintrin.h>

#include "race.h"

int table[64];

void *write_one(void *unused) {
    table[37] = 1;
    SHARED(table);
    return unused;
}

__attribute__((target("avx2"))) void gather(void) {
    __m256i got = _mm256_i32gather_epi32(table, _mm256_setr_epi32(0, 8, 16, 37, 9, 50, 51, 63),
                                         sizeof *table);
    __asm__ volatile("" : : "x"(got) : "memory");
}

void *read_some(void *unused) {
    later();
    if (__builtin_cpu_supports("avx2"))
        gather();
    else
        USE(((volatile int *)table)[37]);
    return unused;
}

int main(void) {
    both(write_one, read_some, NULL);
    return 0;
}
