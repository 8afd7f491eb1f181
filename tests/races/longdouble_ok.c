// expect: none
// tsan: data-race
// compiled: data-race
// why: gcc tells of sixteen bytes where ten are stored
// A long double's ten bytes, and a short in the padding behind it by another thread.
#include "race.h"

union {
    long double value;
    short behind[8];
} both_of;

void *writes(void *by) {
    for (int i = 0; i < 100; i++) {
        both_of.value = i + *(int *)by;
        SHARED(&both_of);
    }
    return NULL;
}

void *writes_behind(void *unused) {
    (void)unused;
    for (int i = 0; i < 100; i++) {
        both_of.behind[5] = (short)i;
        SHARED(&both_of);
    }
    return NULL;
}

int main(void) {
    int by = 3;
    both(writes, writes_behind, &by);
    printf("%d\n", both_of.behind[5]);
    return 0;
}
