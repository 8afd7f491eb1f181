// expect: data-race
// A thread makes a block grow while another one reads it.
#include "race.h"

void *grow(void *place) {
    *(void **)place = realloc(*(void **)place, 100000);
    return NULL;
}

void *read_it(void *place) {
    USE(**(int **)place);
    return NULL;
}

int main(void) {
    void *block = calloc(1, 100);
    first_and_then(read_it, grow, &block);
    free(block);
    return 0;
}
