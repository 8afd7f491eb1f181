// expect: none
// A unix socket that is connected to by name (an abstract one of the kernel's choice): connect
// comes before accept returns, and messages order both ways.
#include <sys/socket.h>
#include <sys/un.h>

#include "race.h"

int listener, before, answer;
struct sockaddr_un address;
socklen_t size;

void *serves(void *unused) {
    int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    MUST(peer >= 0);
    char byte;
    MUST(read(peer, &byte, 1) == 1);
    answer = before + 1;
    MUST(write(peer, "x", 1) == 1);
    close(peer);
    return unused;
}

void *asks(void *unused) {
    int peer = socket(AF_UNIX, SOCK_STREAM, 0);
    char byte;
    later();
    before = 6;
    MUST(connect(peer, (struct sockaddr *)&address, size) == 0);
    MUST(write(peer, "x", 1) == 1);
    MUST(read(peer, &byte, 1) == 1);
    printf("%d\n", answer);
    close(peer);
    return unused;
}

int main(void) {
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    address.sun_family = AF_UNIX;
    MUST(bind(listener, (struct sockaddr *)&address, sizeof address.sun_family) == 0);
    size = sizeof address;
    MUST(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    MUST(listen(listener, 4) == 0);
    both(serves, asks, NULL);
    return 0;
}
