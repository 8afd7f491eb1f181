// expect: none
// What a compiler reads before it knows whether it needs it, to be thrown away by a conditional
// move, the program does not read.
#include "race.h"

int value, other;

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

__attribute__((noinline)) int choose(int wanted, const int *from) {
    int result = 5;
    __asm__ volatile("test %1, %1\n\t"
                     "cmovne %2, %0"
                     : "+&r"(result)
                     : "r"(wanted), "m"(*from)
                     : "cc");
    return result;
}

__attribute__((noinline)) int plain(int wanted) {
    return wanted ? other : 3;
}

void *write_both(void *unused) {
    value = 1;
    other = 2;
    return unused;
}

void *look_away(void *unused) {
    later();
    USE(get(0) + choose(0, &other) + plain(unused != NULL));
    return unused;
}

int main(void) {
    both(write_both, look_away, NULL);
    return 0;
}
