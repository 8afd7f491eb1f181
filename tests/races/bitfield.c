// expect: data-race
// Two threads write different bit-fields of one word: each writes the other's bits back.
#include "race.h"

struct {
    unsigned left : 4, right : 4;
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
    USE(flags.left);
    return 0;
}
