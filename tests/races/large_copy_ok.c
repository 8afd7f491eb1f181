// expect: none
// A structure of 292 bytes is copied as a whole while what lies behind it is written.
#include "race.h"

struct large {
    char text[292];
};
struct {
    struct large all;
    int behind;
} one;
struct large two;

void *copies(void *unused) {
    (void)unused;
    SHARED(&one);
    two = one.all;
    SHARED(&two);
    return NULL;
}

void *writes(void *by) {
    later();
    one.behind += *(int *)by;
    return NULL;
}

int main(void) {
    int by = 1;
    both(copies, writes, &by);
    printf("%d\n", one.behind);
    return 0;
}
