// expect: data-race
// A thread frees a block that another one still writes, as far as anybody knows.
#include "race.h"

void *write_it(void *block) {
    *(int *)block = 1;
    SHARED(block);
    return NULL;
}

void *free_it(void *block) {
    free(block);
    return NULL;
}

int main(void) {
    first_and_then(write_it, free_it, malloc(100));
    return 0;
}
