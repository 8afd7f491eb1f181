// expect: none
// A sequence lock whose data is atomic too: no access is plain.
#include <stdatomic.h>

#include "race.h"

atomic_uint sequence;
atomic_long data[2];

void *write_some(void *unused) {
    for (int i = 1; i < 20; i++) {
        atomic_fetch_add(&sequence, 1);
        atomic_store_explicit(&data[0], i, memory_order_release);
        atomic_store_explicit(&data[1], -i, memory_order_release);
        atomic_fetch_add(&sequence, 1);
        pause_ms(1);
    }
    return unused;
}

void *read_some(void *unused) {
    for (int i = 0; i < 20; i++) {
        unsigned before;
        long sum;
        do {
            before = atomic_load(&sequence);
            sum = atomic_load_explicit(&data[0], memory_order_acquire);
            sum += atomic_load_explicit(&data[1], memory_order_acquire);
        } while (before % 2 || before != atomic_load(&sequence));
        MUST(sum == 0);
        pause_ms(1);
    }
    return unused;
}

int main(void) {
    both(write_some, read_some, NULL);
    return 0;
}
