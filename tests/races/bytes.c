// expect: data-race
// Two threads write the same byte of a word.
#include "race.h"

char bytes[8];

void *write_it(void *unused) {
    bytes[5] = 'a';
    return unused;
}

void *write_later(void *unused) {
    later();
    bytes[5] = 'b';
    return unused;
}

int main(void) {
    both(write_it, write_later, NULL);
    USE(bytes[5]);
    return 0;
}
