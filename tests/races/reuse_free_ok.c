// expect: none
// A thread gets the memory that another one wrote and freed.
#include <malloc.h>

#include "race.h"

void *use_block(void *unused) {
    int *block = malloc(100);
    for (int i = 0; i < 25; i++)
        block[i] = i;
    SHARED(block);
    free(block);
    return unused;
}

void *use_later(void *unused) {
    later();
    return use_block(unused);
}

int main(void) {
    mallopt(M_ARENA_MAX, 1);
    both(use_block, use_later, NULL);
    both(use_block, use_later, NULL);
    return 0;
}
