// expect: none
// Two threads copy from one buffer into halves of another.
#include "race.h"

char source[200], target[400];
size_t size = sizeof(source);

void *copy(void *place) {
    memcpy(place, source, size);
    return NULL;
}

int main(void) {
    source[9] = 'x';
    pthread_t first = start(copy, target), second = start(copy, target + 200);
    finish(first);
    finish(second);
    printf("%c%c\n", target[9], target[209]);
    return 0;
}
