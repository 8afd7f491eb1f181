// expect: none
// Each thread counts a variable of its own; the two are neighbours.
#include "race.h"

struct {
    long mine, yours;
} counters;

void *count_mine(void *unused) {
    for (int i = 0; i < 1000; i++) {
        counters.mine++;
        SHARED(&counters.mine);
    }
    return unused;
}

void *count_yours(void *unused) {
    for (int i = 0; i < 1000; i++) {
        counters.yours++;
        SHARED(&counters.yours);
    }
    return unused;
}

int main(void) {
    both(count_mine, count_yours, NULL);
    printf("%ld\n", counters.mine + counters.yours);
    return 0;
}
