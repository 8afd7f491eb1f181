// expect: data-race
// select ran out of time: it says nothing of who wrote.
#include <sys/select.h>

#include "race.h"

int ends[2], others[2], data;

void *produce(void *unused) {
    data = 1;
    MUST(write(ends[1], "x", 1) == 1);
    return unused;
}

void *consume(void *unused) {
    fd_set in;
    struct timeval time = {.tv_usec = 50000};
    FD_ZERO(&in);
    FD_SET(others[0], &in);
    MUST(select(others[0] + 1, &in, NULL, NULL, &time) == 0);
    data++;
    return unused;
}

int main(void) {
    MUST(pipe(ends) == 0 && pipe(others) == 0);
    both(produce, consume, NULL);
    printf("%d\n", data > 0);
    return 0;
}
