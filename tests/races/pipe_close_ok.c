// expect: none
// tsan: data-race
// why: the end of the file can be read only after the close; libtsan knows of write and read alone.
//
// The end of a pipe is the message: the writer closes it.
#include "race.h"

int ends[2], data;

void *produce(void *unused) {
    later();
    data = 1;
    MUST(close(ends[1]) == 0);
    return unused;
}

void *consume(void *unused) {
    char byte;
    MUST(read(ends[0], &byte, 1) == 0);
    printf("%d\n", data);
    return unused;
}

int main(void) {
    MUST(pipe(ends) == 0);
    both(produce, consume, NULL);
    return 0;
}
