// expect: none
// A thread clears the front of a buffer, another one moves within its back.
#include "race.h"

char buffer[400];
size_t size = 200;

void *clear(void *unused) {
    memset(buffer, 'a', size);
    return unused;
}

void *move(void *unused) {
    later();
    memmove(buffer + 200, buffer + 300, size / 2);
    return unused;
}

int main(void) {
    both(clear, move, NULL);
    printf("%c\n", buffer[199]);
    return 0;
}
