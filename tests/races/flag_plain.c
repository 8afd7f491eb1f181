// expect: data-race
// stripped: possible
// Data is handed over by a plain variable that the reader looks at again and again.
#include "race.h"

int data;
int ready;

void *produce(void *unused) {
    later();
    data = 42;
    SHARED(&ready);
    ready = 1;
    return unused;
}

void *consume(void *unused) {
    for (int i = 0; i < 1000; i++) {
        SHARED(&ready);
        if (ready)
            break;
        pause_ms(1);
    }
    USE(data);
    return unused;
}

int main(void) {
    both(produce, consume, NULL);
    return 0;
}
