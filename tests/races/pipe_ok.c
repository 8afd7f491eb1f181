// expect: none
// A hand-over by pipe: what comes before the write is there after the read.
#include "race.h"

int ends[2], data;

void *produce(void *unused) {
    later();
    data = 1;
    MUST(write(ends[1], "x", 1) == 1);
    return unused;
}

void *consume(void *unused) {
    char byte;
    MUST(read(ends[0], &byte, 1) == 1);
    printf("%d\n", data);
    return unused;
}

int main(void) {
    MUST(pipe(ends) == 0);
    both(produce, consume, NULL);
    return 0;
}
