// expect: data-race
// A thread makes a block grow while another one reads it.
#include "race.h"

void *grow(void *place) {
    later();
    *(void **)place = realloc(*(void **)place, 100000);
    return NULL;
}

void *read_it(void *place) {
    USE(**(int **)place);
    return NULL;
}

int main(void) {
    void *block = calloc(1, 100);
    both(grow, read_it, &block);
    free(block);
    return 0;
}
