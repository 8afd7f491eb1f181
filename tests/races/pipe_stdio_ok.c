// expect: none
// tsan: data-race
// why: libtsan sees streams, and not the files that they read and write
// A pipe that both ends use through stdio: what was written before comes before what is read.
#include "race.h"

int data;
FILE *ends[2];

void *sends(void *unused) {
    later();
    data = 42;
    fputs("ready\n", ends[1]);
    fflush(ends[1]);
    return unused;
}

void *receives(void *unused) {
    char line[32];
    MUST(fgets(line, sizeof line, ends[0]));
    printf("%d\n", data);
    return unused;
}

int main(void) {
    int pair[2];
    MUST(pipe(pair) == 0);
    ends[0] = fdopen(pair[0], "r");
    ends[1] = fdopen(pair[1], "w");
    both(sends, receives, NULL);
    return 0;
}
