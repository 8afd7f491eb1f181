// expect: data-race
// One thread writes a global variable that another reads.
#include "race.h"

int value;

void *write_it(void *unused) {
    value = 1;
    return unused;
}

void *read_it(void *unused) {
    later();
    USE(value);
    return unused;
}

int main(void) {
    both(write_it, read_it, NULL);
    return 0;
}
