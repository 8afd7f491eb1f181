// expect: data-race
// sample: data-race
// Two threads count one variable, as fast as they can, with short pauses, for a second of a
// processor's time each: what sampling may do is a part of that.
#include "race.h"

long counter;

void *count(void *unused) {
    struct timespec end = in_ms(CLOCK_THREAD_CPUTIME_ID, 1000), now;
    do {
        for (int i = 0; i < 300000; i++) {
            counter++;
            SHARED(&counter);
        }
        pause_ms(1);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    } while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
    return unused;
}

int main(void) {
    both(count, count, NULL);
    return 0;
}
