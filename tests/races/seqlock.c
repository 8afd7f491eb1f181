// expect: data-race
// stripped: possible
// A sequence lock whose data is plain: a reader may read while it is written, and only then finds
// out.
#include <stdatomic.h>

#include "race.h"

atomic_uint sequence;
long data[2];
pthread_barrier_t both_there;

void *write_some(void *unused) {
    pthread_barrier_wait(&both_there);
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
    pthread_barrier_wait(&both_there);
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
    }
    return unused;
}

int main(void) {
    pthread_barrier_init(&both_there, NULL, 2);
    both(write_some, read_some, NULL);
    return 0;
}
