// expect: none
// A hand-over by eventfd, which is waited for by poll and read as a number.
#include <poll.h>
#include <sys/eventfd.h>

#include "race.h"

int event, data;

void *produce(void *unused) {
    later();
    data = 1;
    uint64_t one = 1;
    MUST(write(event, &one, sizeof(one)) == sizeof(one));
    return unused;
}

void *consume(void *unused) {
    uint64_t count;
    struct pollfd wanted = {.fd = event, .events = POLLIN};
    MUST(poll(&wanted, 1, -1) == 1);
    MUST(read(event, &count, sizeof(count)) == sizeof(count));
    printf("%d\n", data);
    return unused;
}

int main(void) {
    event = eventfd(0, EFD_NONBLOCK);
    MUST(event >= 0);
    both(produce, consume, NULL);
    return 0;
}
