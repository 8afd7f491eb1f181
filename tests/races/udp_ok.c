// expect: none
// tsan: data-race
// why: libtsan orders by descriptor: a datagram comes from another one
// A datagram to a socket of the same process orders.
#include <arpa/inet.h>
#include <sys/socket.h>

#include "race.h"

int inbox, data;
struct sockaddr_in address;

void *reads(void *unused) {
    char byte;
    MUST(recvfrom(inbox, &byte, 1, 0, NULL, NULL) == 1);
    printf("%d\n", data);
    return unused;
}

void *sends(void *unused) {
    int out = socket(AF_INET, SOCK_DGRAM, 0);
    later();
    data = 6;
    MUST(sendto(out, "x", 1, 0, (struct sockaddr *)&address, sizeof address) == 1);
    close(out);
    return unused;
}

int main(void) {
    socklen_t size = sizeof address;
    inbox = socket(AF_INET, SOCK_DGRAM, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    MUST(bind(inbox, (struct sockaddr *)&address, size) == 0);
    MUST(getsockname(inbox, (struct sockaddr *)&address, &size) == 0);
    both(sends, reads, NULL);
    return 0;
}
