// expect: none
// tsan: data-race
// why: ThreadSanitizer does not know file locks
// Locks of open files (not of the process) keep threads apart.
#include <fcntl.h>

#include "race.h"

char name[] = "/tmp/race-XXXXXX";
int data;

void *count(void *unused) {
    int file = open(name, O_RDWR);
    struct flock whole = {.l_whence = SEEK_SET};
    for (int i = 0; i < 50; i++) {
        whole.l_type = F_WRLCK;
        MUST(fcntl(file, F_OFD_SETLKW, &whole) == 0);
        data++;
        whole.l_type = F_UNLCK;
        MUST(fcntl(file, F_OFD_SETLK, &whole) == 0);
        if (i % 10 == 0)
            pause_ms(1);
    }
    close(file);
    return unused;
}

int main(void) {
    close(mkstemp(name));
    both(count, count, NULL);
    unlink(name);
    printf("%d\n", data);
    return 0;
}
