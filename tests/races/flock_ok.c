// expect: none
// tsan: data-race
// why: ThreadSanitizer does not know file locks
// Two open files of one name: flock keeps the threads apart.
#include <fcntl.h>
#include <sys/file.h>

#include "race.h"

char name[] = "/tmp/race-XXXXXX";
int data;

void *count(void *unused) {
    int file = open(name, O_RDWR);
    for (int i = 0; i < 50; i++) {
        MUST(flock(file, LOCK_EX) == 0);
        data++;
        MUST(flock(file, LOCK_UN) == 0);
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
