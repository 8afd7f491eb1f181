// expect: data-race
// The data is written after the byte went into the pipe.
#include "race.h"

int ends[2], data;

void *produce(void *unused) {
    MUST(write(ends[1], "x", 1) == 1);
    data = 1;
    return unused;
}

void *consume(void *unused) {
    char byte;
    later();
    MUST(read(ends[0], &byte, 1) == 1);
    USE(data);
    return unused;
}

int main(void) {
    MUST(pipe(ends) == 0);
    both(produce, consume, NULL);
    return 0;
}
