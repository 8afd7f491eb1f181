// expect: data-race
// A thread reads a block that another one has freed, as far as anybody knows before.
#include "race.h"

static void *free_it(void *block) {
    free(block);
    return NULL;
}

static void *read_it(void *block) {
    long seen = *(volatile long *)((char *)block + 40);
    SHARED(&seen);
    return NULL;
}

int main(void) {
    first_and_then(free_it, read_it, calloc(1, 100));
    return 0;
}
