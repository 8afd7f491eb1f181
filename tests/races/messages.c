// expect: data-race
// Two messages are received in one call into a buffer that another thread uses.
#include <sys/socket.h>
#include <sys/uio.h>

#include "race.h"

int ends[2];
char buffer[2][16];

void *receive(void *unused) {
    struct iovec pieces[2] = {{buffer[0], 16}, {buffer[1], 16}};
    struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &pieces[0], .msg_iovlen = 1}},
                                  {.msg_hdr = {.msg_iov = &pieces[1], .msg_iovlen = 1}}};
    MUST(recvmmsg(ends[1], messages, 2, MSG_WAITFORONE, NULL) == 2);
    return unused;
}

void *use(void *unused) {
    later();
    USE(buffer[1][0]);
    return unused;
}

int main(void) {
    MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
    MUST(send(ends[0], "one", 4, 0) == 4 && send(ends[0], "two", 4, 0) == 4);
    both(receive, use, NULL);
    puts(buffer[1]);
    return 0;
}
