// expect: none
// tsan: data-race
// why: ThreadSanitizer takes nothing from select. Who is told that a pipe can be read comes after
// who wrote
#include <sys/select.h>

#include "race.h"

int ends[2], data;

void *produce(void *unused) {
    later();
    data = 1;
    MUST(write(ends[1], "x", 1) == 1);
    return unused;
}

void *consume(void *unused) {
    fd_set in;
    FD_ZERO(&in);
    FD_SET(ends[0], &in);
    MUST(select(ends[0] + 1, &in, NULL, NULL, NULL) == 1);
    printf("%d\n", data);
    return unused;
}

int main(void) {
    MUST(pipe(ends) == 0);
    both(produce, consume, NULL);
    return 0;
}
