// expect: data-race
// Two threads count a plain number of references down.
#include "race.h"

struct counted {
    int references;
};

void *drop(void *block) {
    struct counted *mine = block;
    mine->references--;
    SHARED(mine);
    return NULL;
}

void *drop_later(void *block) {
    later();
    return drop(block);
}

int main(void) {
    struct counted *block = malloc(sizeof(*block));
    block->references = 2;
    both(drop, drop_later, block);
    free(block);
    return 0;
}
