// expect: none
// What was done before two messages were sent in one call is known to who receives them in one.
#include <sys/socket.h>
#include <sys/uio.h>

#include "race.h"

int ends[2], data;

void *transmit(void *unused) {
    struct iovec pieces[2] = {{"one", 4}, {"two", 4}};
    struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &pieces[0], .msg_iovlen = 1}},
                                  {.msg_hdr = {.msg_iov = &pieces[1], .msg_iovlen = 1}}};
    later();
    data = 1;
    MUST(sendmmsg(ends[0], messages, 2, 0) == 2);
    return unused;
}

void *receive(void *unused) {
    char buffer[2][16];
    struct iovec pieces[2] = {{buffer[0], 16}, {buffer[1], 16}};
    struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &pieces[0], .msg_iovlen = 1}},
                                  {.msg_hdr = {.msg_iov = &pieces[1], .msg_iovlen = 1}}};
    MUST(recvmmsg(ends[1], messages, 2, MSG_WAITFORONE, NULL) >= 1);
    printf("%s %d\n", buffer[0], data);
    return unused;
}

int main(void) {
    MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
    both(transmit, receive, NULL);
    return 0;
}
