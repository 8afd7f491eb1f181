// expect: data-race
// sample: data-race
// Two threads count one variable for a second, as fast as they can, with short pauses.
#include "race.h"

long counter;

void *count(void *unused) {
    struct timespec end = in_ms(CLOCK_MONOTONIC, 1000), now;
    do {
        for (int i = 0; i < 300000; i++) {
            counter++;
            SHARED(&counter);
        }
        pause_ms(1);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
    return unused;
}

int main(void) {
    both(count, count, NULL);
    return 0;
}
