// expect: none
// Two threads assign the same structure to targets of their own.
#include "race.h"

struct big {
    long fields[40];
} source, targets[2];

void *assign(void *target) {
    *(struct big *)target = source;
    SHARED(target);
    return NULL;
}

int main(void) {
    source.fields[31] = 4;
    pthread_t first = start(assign, &targets[0]), second = start(assign, &targets[1]);
    finish(first);
    finish(second);
    printf("%ld\n", targets[0].fields[31] + targets[1].fields[31]);
    return 0;
}
