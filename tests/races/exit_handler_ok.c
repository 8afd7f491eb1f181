// expect: none
// Handlers that run as the program ends, last one first, see what came before exit; main finds
// errno as the loader leaves it.
#include "race.h"

long value;

static void first(void) {
    printf("%ld\n", value);
}

static void last(void) {
    value++;
}

void *work(void *unused) {
    value = 41;
    return unused;
}

int main(void) {
    printf("errno %d\n", errno);
    MUST(atexit(first) == 0 && atexit(last) == 0);
    run(work, NULL);
    return 0;
}
