// expect: data-race
// Two descriptors in one epoll: the event of one says nothing of what was done before the other was
// written to.
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "race.h"

int event, other, poller, data;

void *produce(void *unused) {
    data = 1;
    MUST(eventfd_write(other, 1) == 0);
    return unused;
}

void *consume(void *unused) {
    struct epoll_event got;
    later();
    MUST(eventfd_write(event, 1) == 0);
    do
        MUST(epoll_wait(poller, &got, 1, -1) == 1);
    while (got.data.ptr != &event);
    data++;
    return unused;
}

int main(void) {
    event = eventfd(0, EFD_NONBLOCK);
    other = eventfd(0, EFD_NONBLOCK);
    poller = epoll_create1(0);
    struct epoll_event wanted = {.events = EPOLLIN | EPOLLET, .data.ptr = &event};
    struct epoll_event not_wanted = {.events = EPOLLOUT | EPOLLET, .data.ptr = &other};
    MUST(event >= 0 && other >= 0 && poller >= 0);
    MUST(epoll_ctl(poller, EPOLL_CTL_ADD, event, &wanted) == 0);
    MUST(epoll_ctl(poller, EPOLL_CTL_ADD, other, &not_wanted) == 0);
    MUST(epoll_ctl(poller, EPOLL_CTL_DEL, other, NULL) == 0);
    both(produce, consume, NULL);
    printf("%d\n", data > 0);
    return 0;
}
