// expect: none
// tsan: data-race
// why: libtsan of gcc 12 does not order a close before the open that gets the number
// What belongs to a descriptor's number goes over to who gets the number next: it was closed
// before.
#include <fcntl.h>

#include "race.h"

struct connection {
    int state, uses;
} connections[100];
int number;

void *finish_one(void *unused) {
    connections[number].state = 1;
    connections[number].uses++;
    close(number);
    return unused;
}

void *begin_next(void *unused) {
    int fd;
    while ((fd = open("/dev/null", O_RDONLY)) != number) {
        close(fd);
        pause_ms(1);
    }
    connections[fd].state = 0;
    connections[fd].uses++;
    close(fd);
    return unused;
}

int main(void) {
    number = open("/dev/null", O_RDONLY);
    if (number >= 100)
        return 1;
    both(begin_next, finish_one, NULL);
    printf("%d\n", connections[number].uses);
    return 0;
}
