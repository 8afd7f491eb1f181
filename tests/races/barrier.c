// expect: data-race
// Each thread reads its neighbour's result without a barrier in between.
#include "race.h"

int results[2];

void *zero(void *unused) {
    results[0] = 1;
    SHARED(results);
    later();
    USE(results[1]);
    return unused;
}

void *one(void *unused) {
    results[1] = 1;
    SHARED(results);
    later();
    USE(results[0]);
    return unused;
}

int main(void) {
    both(zero, one, NULL);
    return 0;
}
