// expect: none
// Two threads write neighbouring bytes of one word.
#include "race.h"

char bytes[8];

void *even(void *unused) {
    for (int i = 0; i < 8; i += 2) {
        bytes[i] = 'a';
        SHARED(bytes);
    }
    return unused;
}

void *odd(void *unused) {
    later();
    for (int i = 1; i < 8; i += 2) {
        bytes[i] = 'b';
        SHARED(bytes);
    }
    return unused;
}

int main(void) {
    both(even, odd, NULL);
    printf("%.8s\n", bytes);
    return 0;
}
