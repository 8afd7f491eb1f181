// expect: none
// A bit-field of width zero ends the unit: what follows is another memory location.
#include "race.h"

struct {
    unsigned char one : 3;
    unsigned char : 0;
    unsigned char two : 3;
} flags;

void *first(void *by) {
    for (int i = 0; i < 100; i++) {
        flags.one += *(int *)by;
        SHARED(&flags);
    }
    return NULL;
}

void *second(void *by) {
    for (int i = 0; i < 100; i++) {
        flags.two += *(int *)by;
        SHARED(&flags);
    }
    return NULL;
}

int main(void) {
    int by = 1;
    both(first, second, &by);
    printf("%d %d\n", flags.one, flags.two);
    return 0;
}
