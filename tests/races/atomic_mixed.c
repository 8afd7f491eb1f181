// expect: data-race
// stripped: possible
// One thread counts a variable atomically, another writes it plainly.
#include "race.h"

long counter;

void *count(void *unused) {
    for (int i = 0; i < 10; i++) {
        __atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
        pause_ms(1);
    }
    return unused;
}

void *reset(void *unused) {
    later();
    counter = 0;
    return unused;
}

int main(void) {
    both(count, reset, NULL);
    return 0;
}
