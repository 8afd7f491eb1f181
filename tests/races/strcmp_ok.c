// expect: none
// strcmp and strchr end where they know the result: what lies behind may be written.
#include "race.h"

char left[100] = "abcdefgh", right[100] = "abXdefgh";

void *compare(void *unused) {
    SHARED(left);
    USE(strcmp(left, right));
    USE(strchr(left, 'b'));
    return unused;
}

void *write_behind(void *unused) {
    later();
    left[40] = 'z';
    right[50] = 'z';
    return unused;
}

int main(void) {
    both(compare, write_behind, NULL);
    return 0;
}
