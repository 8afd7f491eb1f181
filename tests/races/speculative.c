// expect: data-race
// tsan: none
// compiled: none
// why: compilers do not know what an asm statement accesses
// stripped: data-race or possible
// A value that is read early, for a conditional move, and that the move keeps: it is read.
#include "race.h"

int value;

__attribute__((noinline)) int get(int wanted) {
    int result = 0;
    __asm__ volatile("mov %2, %%eax\n\t"
                     "test %1, %1\n\t"
                     "cmove %0, %%eax\n\t"
                     "mov %%eax, %0"
                     : "+&r"(result)
                     : "r"(wanted), "m"(value)
                     : "eax", "cc");
    return result;
}

void *write_it(void *unused) {
    value = 1;
    return unused;
}

void *look(void *unused) {
    later();
    USE(get(1));
    return unused;
}

int main(void) {
    both(write_it, look, NULL);
    return 0;
}
