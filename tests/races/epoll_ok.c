// expect: none
// The waiter is woken by epoll, drains the eventfd and takes what was prepared for it.
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "race.h"

int event, poller, data;

void *produce(void *unused) {
    later();
    data = 1;
    MUST(eventfd_write(event, 1) == 0);
    return unused;
}

void *consume(void *unused) {
    struct epoll_event got;
    uint64_t count;
    MUST(epoll_wait(poller, &got, 1, -1) == 1);
    MUST(read(event, &count, sizeof(count)) == sizeof(count));
    printf("%d\n", data);
    return unused;
}

int main(void) {
    event = eventfd(0, EFD_NONBLOCK);
    poller = epoll_create1(0);
    struct epoll_event wanted = {.events = EPOLLIN};
    MUST(event >= 0 && poller >= 0 && epoll_ctl(poller, EPOLL_CTL_ADD, event, &wanted) == 0);
    both(produce, consume, NULL);
    return 0;
}
