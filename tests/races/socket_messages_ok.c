// expect: none
// A hand-over by sendmsg and recvmsg, and back by writev and readv.
#include <sys/socket.h>
#include <sys/uio.h>

#include "race.h"

int ends[2], data;

void *ask(void *unused) {
    struct iovec piece = {"q", 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    data = 1;
    MUST(sendmsg(ends[0], &message, 0) == 1);
    char byte;
    struct iovec room = {&byte, 1};
    MUST(readv(ends[0], &room, 1) == 1);
    printf("%d\n", data);
    return unused;
}

void *answer(void *unused) {
    char byte;
    struct iovec room = {&byte, 1};
    struct msghdr message = {.msg_iov = &room, .msg_iovlen = 1};
    MUST(recvmsg(ends[1], &message, 0) == 1);
    data++;
    struct iovec piece = {"a", 1};
    MUST(writev(ends[1], &piece, 1) == 1);
    return unused;
}

int main(void) {
    MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
    both(ask, answer, NULL);
    return 0;
}
