// expect: data-race
// What is written after a message went through a stream is not ordered by it.
#include "race.h"

int data;
FILE *ends[2];

void *sends(void *by) {
    fputs("ready\n", ends[1]);
    fflush(ends[1]);
    data += *(int *)by;
    return NULL;
}

void *receives(void *by) {
    char line[32];
    MUST(fgets(line, sizeof line, ends[0]));
    later();
    data += *(int *)by;
    return NULL;
}

int main(void) {
    int pair[2], by = 1;
    MUST(pipe(pair) == 0);
    ends[0] = fdopen(pair[0], "r");
    ends[1] = fdopen(pair[1], "w");
    both(sends, receives, &by);
    return 0;
}
