// expect: none
// Two threads write bit-fields that a field of width 0 puts into separate words.
#include "race.h"

struct {
    unsigned left : 4;
    unsigned : 0;
    unsigned right : 4;
} flags;

void *set_left(void *unused) {
    flags.left = 5;
    return unused;
}

void *set_right(void *unused) {
    later();
    flags.right = 9;
    return unused;
}

int main(void) {
    both(set_left, set_right, NULL);
    printf("%u\n", flags.left + flags.right);
    return 0;
}
