// expect: data-race
// rewrite: none
// why: on x86-64 relaxed and release are one and the same instruction, and it orders; what was
// stripped: possible
// built cannot go wrong.
//
// Data is handed over by an atomic variable without order.
#include <stdatomic.h>

#include "race.h"

int data;
atomic_int ready;

void *produce(void *unused) {
    later();
    data = 42;
    atomic_store_explicit(&ready, 1, memory_order_relaxed);
    return unused;
}

void *consume(void *unused) {
    while (!atomic_load_explicit(&ready, memory_order_relaxed))
        pause_ms(1);
    USE(data);
    return unused;
}

int main(void) {
    both(produce, consume, NULL);
    return 0;
}
