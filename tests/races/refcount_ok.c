// expect: none
// A block is freed by whoever gives up the last reference.
#include <stdatomic.h>

#include "race.h"

struct counted {
    atomic_int references;
    int payload;
};

void *use(void *block) {
    struct counted *mine = block;
    USE(mine->payload);
    pause_ms(1);
    if (atomic_fetch_sub_explicit(&mine->references, 1, memory_order_acq_rel) == 1) {
        mine->payload = 0;
        SHARED(mine);
        free(mine);
    }
    return NULL;
}

int main(void) {
    for (int i = 0; i < 5; i++) {
        struct counted *block = malloc(sizeof(*block));
        block->references = 2;
        block->payload = i;
        both(use, use, block);
    }
    return 0;
}
