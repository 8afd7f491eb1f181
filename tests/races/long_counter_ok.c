// expect: none
// sample: none
// Threads count one variable under a mutex and another one atomically, and hand a third over by
// join, for half a second.
#include <stdatomic.h>

#include "race.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
long locked, handed;
atomic_long counted;

void *count(void *unused) {
    struct timespec end = in_ms(CLOCK_MONOTONIC, 500), now;
    do {
        for (int i = 0; i < 100; i++) {
            pthread_mutex_lock(&lock);
            locked++;
            SHARED(&locked);
            pthread_mutex_unlock(&lock);
            atomic_fetch_add(&counted, 1);
        }
        pause_ms(1);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
    return unused;
}

void *hand(void *unused) {
    for (int i = 0; i < 1000; i++) {
        handed++;
        SHARED(&handed);
    }
    return unused;
}

int main(void) {
    for (int i = 0; i < 5; i++) {
        handed++;
        run(hand, NULL);
    }
    both(count, count, NULL);
    printf("%ld %d\n", handed, locked == counted);
    return 0;
}
