// expect: none
// tsan: data-race
// why: gcc's ThreadSanitizer does not know fences (it warns when it compiles); by C11 the two
// fences order data.
//
// Data is handed over by a relaxed variable between two fences.
#include <stdatomic.h>

#include "race.h"

int data;
atomic_int ready;

void *produce(void *unused) {
    later();
    data = 42;
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&ready, 1, memory_order_relaxed);
    return unused;
}

void *consume(void *unused) {
    while (!atomic_load_explicit(&ready, memory_order_relaxed))
        pause_ms(1);
    atomic_thread_fence(memory_order_acquire);
    printf("%d\n", data);
    return unused;
}

int main(void) {
    both(produce, consume, NULL);
    return 0;
}
