// expect: data-race
// stripped: possible
// A sequence lock whose data is plain: a reader may read while it is written, and only then finds
// out.
#include <stdatomic.h>

#include "race.h"

atomic_uint sequence;
long data[2];

void *write_some(void *unused) {
    await_unseen(1);
    for (int i = 1; i < 20; i++) {
        atomic_fetch_add(&sequence, 1);
        data[0] = i;
        data[1] = -i;
        atomic_fetch_add(&sequence, 1);
        pause_ms(2);
    }
    return unused;
}

void *read_some(void *unused) {
    for (int i = 0; i < 20; i++) {
        unsigned before, after;
        do {
            before = atomic_load(&sequence);
            USE(data[0]);
            pause_ms(1);
            USE(data[1]);
            atomic_thread_fence(memory_order_acquire);
            after = atomic_load(&sequence);
        } while (before != after && after < 30);
        reach_unseen(1);
    }
    return unused;
}

int main(void) {
    begin_unseen();
    both(write_some, read_some, NULL);
    return 0;
}
