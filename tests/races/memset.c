// expect: data-race
// A thread clears a buffer, another one moves a part of it.
#include "race.h"

char buffer[400], other[400];
size_t size = 300;

void *clear(void *unused) {
    memset(buffer, 0, size);
    return unused;
}

void *move(void *unused) {
    later();
    memmove(other, buffer + 250, size / 3);
    return unused;
}

int main(void) {
    both(clear, move, NULL);
    return 0;
}
