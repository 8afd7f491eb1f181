// expect: none
// A server and a client in one process speak TCP: request and answer order.
#include <arpa/inet.h>
#include <sys/socket.h>

#include "race.h"

int listener, request, answer;
struct sockaddr_in address;

void *serves(void *unused) {
    int peer = accept(listener, NULL, NULL);
    char byte;
    MUST(peer >= 0 && recv(peer, &byte, 1, 0) == 1);
    answer = request + 1;
    MUST(send(peer, "x", 1, 0) == 1);
    close(peer);
    return unused;
}

void *asks(void *unused) {
    int peer = socket(AF_INET, SOCK_STREAM, 0);
    char byte;
    MUST(connect(peer, (struct sockaddr *)&address, sizeof address) == 0);
    later();
    request = 6;
    MUST(send(peer, "x", 1, 0) == 1);
    MUST(recv(peer, &byte, 1, 0) == 1);
    printf("%d\n", answer);
    close(peer);
    return unused;
}

int main(void) {
    socklen_t size = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    MUST(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 4) == 0);
    MUST(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    both(serves, asks, NULL);
    return 0;
}
