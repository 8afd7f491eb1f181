// expect: data-race
// stripped: possible
// Data is handed over by a volatile variable, which orders nothing in C.
#include "race.h"

int data;
volatile int ready;

void *produce(void *unused) {
    later();
    data = 42;
    ready = 1;
    return unused;
}

void *consume(void *unused) {
    while (!ready)
        pause_ms(1);
    USE(data);
    return unused;
}

int main(void) {
    both(produce, consume, NULL);
    return 0;
}
