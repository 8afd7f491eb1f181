// expect: data-race
// Two threads write the same word of a heap block.
#include "race.h"

void *write_first(void *block) {
    ((int *)block)[3] = 1;
    return NULL;
}

void *write_later(void *block) {
    later();
    ((int *)block)[3] = 2;
    return NULL;
}

int main(void) {
    int *block = calloc(8, sizeof(int));
    both(write_first, write_later, block);
    USE(block[3]);
    free(block);
    return 0;
}
