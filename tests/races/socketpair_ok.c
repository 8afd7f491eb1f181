// expect: none
// Ping and pong over a pair of sockets: each side writes the data in its turn.
#include <sys/socket.h>

#include "race.h"

int ends[2], data;

void *ping(void *unused) {
    char byte;
    for (int i = 0; i < 10; i++) {
        data++;
        MUST(send(ends[0], "x", 1, 0) == 1);
        MUST(recv(ends[0], &byte, 1, 0) == 1);
    }
    return unused;
}

void *pong(void *unused) {
    char byte;
    for (int i = 0; i < 10; i++) {
        MUST(recv(ends[1], &byte, 1, 0) == 1);
        data++;
        MUST(write(ends[1], "x", 1) == 1);
    }
    return unused;
}

int main(void) {
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    both(ping, pong, NULL);
    printf("%d\n", data);
    return 0;
}
