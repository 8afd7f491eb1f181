// expect: data-race
// A thread reads a block at the address that it had before another one made it larger.
#include "race.h"

static void *enlarge(void *block) {
    free(realloc(block, 10000));
    return NULL;
}

static void *read_it(void *block) {
    long seen = *(volatile long *)((char *)block + 40);
    SHARED(&seen);
    return NULL;
}

int main(void) {
    void *block = calloc(1, 100), *behind = calloc(1, 100);
    first_and_then(enlarge, read_it, block);
    free(behind);
    return 0;
}
