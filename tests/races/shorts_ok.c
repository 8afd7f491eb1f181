// expect: none
// Two threads write the two halves of a word.
#include "race.h"

uint16_t halves[2];

void *low(void *unused) {
    halves[0] = 3;
    return unused;
}

void *high(void *unused) {
    later();
    halves[1] = 4;
    return unused;
}

int main(void) {
    both(low, high, NULL);
    printf("%d\n", halves[0] + halves[1]);
    return 0;
}
