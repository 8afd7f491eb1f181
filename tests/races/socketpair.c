// expect: data-race
// The data is written after the message went out.
#include <sys/socket.h>

#include "race.h"

int ends[2], data;

void *produce(void *unused) {
    MUST(send(ends[1], "x", 1, 0) == 1);
    data = 1;
    return unused;
}

void *consume(void *unused) {
    char byte;
    later();
    MUST(recv(ends[0], &byte, 1, 0) == 1);
    USE(data);
    return unused;
}

int main(void) {
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    both(produce, consume, NULL);
    return 0;
}
