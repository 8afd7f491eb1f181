// expect: none
// tsan: data-race
// why: ThreadSanitizer orders by epoll's own descriptor only. What made an event comes before who
// is given it, who need not read from the descriptor (nginx's threads wake its loop so)
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
    MUST(epoll_wait(poller, &got, 1, -1) == 1 && got.data.ptr == &event);
    printf("%d\n", data);
    return unused;
}

int main(void) {
    event = eventfd(0, EFD_NONBLOCK);
    poller = epoll_create1(0);
    struct epoll_event wanted = {.events = EPOLLIN | EPOLLET, .data.ptr = &event};
    MUST(event >= 0 && poller >= 0 && epoll_ctl(poller, EPOLL_CTL_ADD, event, &wanted) == 0);
    both(produce, consume, NULL);
    return 0;
}
