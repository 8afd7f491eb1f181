// expect: none
// A gather instruction reads neighbours of an element that another thread writes; one that it would
// read is masked out.
#include <immintrin.h>

#include "race.h"

int table[64];

void *write_one(void *unused) {
    table[37] = 1;
    SHARED(table);
    return unused;
}

__attribute__((target("avx2"))) void gather(void) {
    __m256i got = _mm256_mask_i32gather_epi32(
        _mm256_setzero_si256(), table, _mm256_setr_epi32(36, 38, 16, 37, 9, 50, 51, 63),
        _mm256_setr_epi32(-1, -1, -1, 0, -1, -1, -1, -1), sizeof *table);
    __asm__ volatile("" : : "x"(got) : "memory");
}

void *read_some(void *unused) {
    later();
    if (__builtin_cpu_supports("avx2"))
        gather();
    return unused;
}

int main(void) {
    both(write_one, read_some, NULL);
    return 0;
}
