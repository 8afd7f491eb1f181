// expect: data-race
// A thread closes a pipe that another one has written to, which nothing puts before that.
#include "race.h"

static int ends[2];

static void *write_it(void *unused) {
    MUST(write(ends[1], "x", 1) == 1);
    return unused;
}

static void *close_it(void *unused) {
    MUST(close(ends[1]) == 0);
    return unused;
}

int main(void) {
    MUST(pipe(ends) == 0);
    first_and_then(write_it, close_it, NULL);
    return 0;
}
