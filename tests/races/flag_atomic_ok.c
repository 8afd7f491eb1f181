// expect: none
// Data is handed over by an atomic variable: release and acquire.
#include <stdatomic.h>

#include "race.h"

int data;
atomic_int ready;

void *produce(void *unused) {
    later();
    data = 42;
    atomic_store_explicit(&ready, 1, memory_order_release);
    return unused;
}

void *consume(void *unused) {
    while (!atomic_load_explicit(&ready, memory_order_acquire))
        pause_ms(1);
    printf("%d\n", data);
    return unused;
}

int main(void) {
    both(produce, consume, NULL);
    return 0;
}
