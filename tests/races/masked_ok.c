// expect: none
// Two threads store to the same eight elements: each to those that its mask says.
#include <immintrin.h>

#include "race.h"

int numbers[8];

__attribute__((target("avx2"))) void store_masked(int odd) {
    _mm256_maskstore_epi32(numbers,
                           _mm256_setr_epi32(-!odd, -odd, -!odd, -odd, -!odd, -odd, -!odd, -odd),
                           _mm256_set1_epi32(7));
    SHARED(numbers);
}

void *even(void *unused) {
    if (__builtin_cpu_supports("avx2"))
        store_masked(0);
    return unused;
}

void *odd(void *unused) {
    later();
    if (__builtin_cpu_supports("avx2"))
        store_masked(1);
    return unused;
}

int main(void) {
    both(even, odd, NULL);
    return 0;
}
