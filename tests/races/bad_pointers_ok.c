// expect: none
// tsan: crash
// why: libtsan reads what it is given before the kernel refuses it
// Calls that the kernel refuses because of where their arguments are fail as they do alone.
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "race.h"

static void tell(const char *name, long result) {
    printf("%s: %ld %s\n", name, result, result < 0 ? strerror(errno) : "");
}

static volatile int many = 1 << 20;

static void *work(void *nowhere) {
    int pair[2], stranger = socket(AF_UNIX, SOCK_STREAM, 0);
    struct iovec piece = {nowhere, 8};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = nowhere;
    message.msg_iovlen = 1;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return NULL;
    tell("write", write(pair[0], nowhere, 8));
    tell("writev", writev(pair[0], nowhere, 1));
    tell("writev of a bad piece", writev(pair[0], &piece, 1));
    tell("writev of too many", writev(pair[0], &piece, many));
    tell("sendmsg", sendmsg(pair[0], nowhere, 0));
    tell("sendmsg of bad pieces", sendmsg(pair[0], &message, 0));
    tell("connect", connect(stranger, nowhere, 16));
    tell("connect to no address", connect(stranger, (struct sockaddr *)&message, 1));
    tell("accept", accept(stranger, nowhere, nowhere));
    tell("read", read(pair[0], nowhere, 0));
    return NULL;
}

int main(void) {
    void *volatile nowhere = (void *)16; /* the compiler must not know */
    finish(start(work, nowhere));
    return 0;
}
