// expect: data-race
// Two threads count up one variable without a lock.
#include "race.h"

long counter;

void *count(void *unused) {
    for (int i = 0; i < 10; i++) {
        counter++;
        SHARED(&counter);
        pause_ms(2);
    }
    return unused;
}

int main(void) {
    both(count, count, NULL);
    return 0;
}
