// expect: none
// tsan: data-race
// why: to close what another thread reads is how some end it; told as possible
// A thread reads until its socket is closed from outside.
#include <sys/socket.h>

#include "race.h"

static int ends[2];

static void *serve(void *unused) {
    char byte;
    while (recv(ends[0], &byte, 1, 0) > 0)
        ;
    return unused;
}

int main(void) {
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    pthread_t reader = start(serve, NULL);
    MUST(send(ends[1], "x", 1, 0) == 1);
    later();
    MUST(shutdown(ends[0], SHUT_RDWR) == 0);
    MUST(close(ends[0]) == 0);
    finish(reader);
    return 0;
}
