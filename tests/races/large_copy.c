// expect: data-race
// A structure of 300 bytes is copied as a whole while its last member is written.
#include "race.h"

struct large {
    char text[292];
    int last;
} one, two;

void *copies(void *unused) {
    (void)unused;
    SHARED(&one);
    two = one;
    SHARED(&two);
    return NULL;
}

void *writes(void *by) {
    later();
    one.last += *(int *)by;
    return NULL;
}

int main(void) {
    int by = 1;
    both(copies, writes, &by);
    return 0;
}
