// expect: data-race
// The data is written after the event was posted.
#include <sys/eventfd.h>

#include "race.h"

int event, data;

void *produce(void *unused) {
    MUST(eventfd_write(event, 1) == 0);
    data = 1;
    return unused;
}

void *consume(void *unused) {
    uint64_t count;
    later();
    MUST(read(event, &count, sizeof(count)) == sizeof(count));
    USE(data);
    return unused;
}

int main(void) {
    event = eventfd(0, 0);
    MUST(event >= 0);
    both(produce, consume, NULL);
    return 0;
}
