// expect: none
// tsan: data-race
// why: it knows nothing of what a timer's descriptor orders
// What is written before a timer is set is read by who waits for its descriptor.
#include <sys/timerfd.h>

#include "race.h"

int timer, data;

void *waits(void *unused) {
    uint64_t times;
    MUST(read(timer, &times, sizeof times) == sizeof times);
    printf("%d\n", data);
    return unused;
}

void *sets(void *unused) {
    struct itimerspec when = {.it_value = {.tv_nsec = 10000000}};
    later();
    data = 5;
    MUST(timerfd_settime(timer, 0, &when, NULL) == 0);
    return unused;
}

int main(void) {
    timer = timerfd_create(CLOCK_MONOTONIC, 0);
    both(waits, sets, NULL);
    return 0;
}
