// expect: none
// Data is handed over by an atomic variable in the default order.
#include <stdatomic.h>

#include "race.h"

int data;
atomic_bool ready;

void *produce(void *unused) {
    later();
    data = 42;
    ready = true;
    return unused;
}

void *consume(void *unused) {
    while (!ready)
        pause_ms(1);
    printf("%d\n", data);
    return unused;
}

int main(void) {
    both(produce, consume, NULL);
    return 0;
}
