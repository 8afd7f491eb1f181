// expect: data-race
// A thread copies into a buffer by memcpy; another reads a word of it.
#include "race.h"

char source[400], target[400];
size_t size = sizeof(source);

void *copy(void *unused) {
    memcpy(target, source, size);
    return unused;
}

void *read_it(void *unused) {
    later();
    USE(target[333]);
    return unused;
}

int main(void) {
    both(copy, read_it, NULL);
    return 0;
}
