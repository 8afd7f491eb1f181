// expect: none
// One thread counts by an atomic load and store, which needs no more as nobody else writes; others
// look.
#include <stdatomic.h>

#include "race.h"

atomic_long counted;

void *count(void *unused) {
    for (int i = 0; i < 1000; i++)
        atomic_store_explicit(&counted, atomic_load_explicit(&counted, memory_order_relaxed) + 1,
                              memory_order_relaxed);
    return unused;
}

void *look(void *unused) {
    while (atomic_load_explicit(&counted, memory_order_relaxed) < 1000)
        pause_ms(1);
    return unused;
}

int main(void) {
    both(count, look, NULL);
    puts("done");
    return 0;
}
