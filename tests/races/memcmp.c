// expect: data-race
// A thread compares two buffers, one of which another writes.
#include "race.h"

char left[64], right[64];
size_t size = sizeof(left);

void *compare(void *unused) {
    USE(memcmp(left, right, size));
    return unused;
}

void *write_it(void *unused) {
    later();
    right[0] = 1;
    return unused;
}

int main(void) {
    both(compare, write_it, NULL);
    return 0;
}
