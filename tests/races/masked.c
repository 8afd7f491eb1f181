// expect: data-race
// tsan: none
// compiled: none
// why: compilers do not tell of what a masked move writes
// A masked store writes an element that another thread writes, too.
#include <immintrin.h>

#include "race.h"

int numbers[8];

__attribute__((target("avx2"))) void store_masked(void) {
    _mm256_maskstore_epi32(numbers, _mm256_setr_epi32(-1, 0, 0, 0, 0, -1, 0, 0),
                           _mm256_set1_epi32(7));
    SHARED(numbers);
}

void *store_some(void *unused) {
    if (__builtin_cpu_supports("avx2"))
        store_masked();
    else
        ((volatile int *)numbers)[5] = 7;
    return unused;
}

void *store_one(void *unused) {
    later();
    numbers[5] = 8;
    SHARED(numbers);
    return unused;
}

int main(void) {
    both(store_some, store_one, NULL);
    return 0;
}
