// expect: data-race
// A thread receives into a buffer that another one looks at.
#include <sys/socket.h>

#include "race.h"

int ends[2];
char buffer[100];

void *fill(void *unused) {
    MUST(recv(ends[0], buffer, sizeof(buffer), 0) == 50);
    return unused;
}

void *look(void *unused) {
    later();
    USE(buffer[20]);
    return unused;
}

int main(void) {
    char data[50] = "x";
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && send(ends[1], data, 50, 0) == 50);
    both(fill, look, NULL);
    return 0;
}
