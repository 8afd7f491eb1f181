// expect: data-race
// stripped: possible
// One thread counts up a volatile clock that others read: no lock, no atomic.
#include "race.h"

volatile long ticks;

void *tick(void *unused) {
    for (int i = 0; i < 20; i++) {
        ticks++;
        pause_ms(2);
    }
    return unused;
}

void *look(void *unused) {
    long last = 0;
    for (int i = 0; i < 20; i++) {
        MUST(ticks >= last);
        last = ticks;
        pause_ms(2);
    }
    return unused;
}

int main(void) {
    both(tick, look, NULL);
    return 0;
}
