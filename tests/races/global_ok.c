// expect: none
// Both threads only read a global variable that main wrote before it created them.
#include "race.h"

int value;

void *read_it(void *unused) {
    USE(value);
    return unused;
}

int main(void) {
    value = 1;
    both(read_it, read_it, NULL);
    value = 2;
    return 0;
}
