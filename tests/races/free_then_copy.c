// expect: data-race
// libc copies from a block that another thread has freed.
#include <string.h>

#include "race.h"

static void *free_it(void *block) {
    free(block);
    return NULL;
}

static void *copy_it(void *block) {
    char copy[48];
    volatile size_t size = sizeof copy;
    memcpy(copy, (char *)block + 32, size);
    SHARED(copy);
    return NULL;
}

int main(void) {
    first_and_then(free_it, copy_it, calloc(1, 100));
    return 0;
}
