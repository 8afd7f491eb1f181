// expect: none
// A hand-over by eventfd_write and eventfd_read.
#include <sys/eventfd.h>

#include "race.h"

int event, data;

void *produce(void *unused) {
    later();
    data = 1;
    MUST(eventfd_write(event, 1) == 0);
    return unused;
}

void *consume(void *unused) {
    eventfd_t count;
    MUST(eventfd_read(event, &count) == 0);
    printf("%d\n", data);
    return unused;
}

int main(void) {
    event = eventfd(0, 0);
    MUST(event >= 0);
    both(produce, consume, NULL);
    return 0;
}
