// expect: none
// tsan: data-race
// why: ThreadSanitizer takes no edge from splice. A thread moves from pipe to pipe what another one
// wrote, and a third one reads it
#include <fcntl.h>

#include "race.h"

int first[2], second[2], data;

void *move(void *unused) {
    MUST(splice(first[0], NULL, second[1], NULL, 1, 0) == 1);
    data++;
    MUST(splice(first[0], NULL, second[1], NULL, 1, 0) == 1);
    return unused;
}

void *ends(void *unused) {
    char byte;
    later();
    data = 1;
    MUST(write(first[1], "ab", 2) == 2);
    MUST(read(second[0], &byte, 1) == 1 && read(second[0], &byte, 1) == 1);
    printf("%d %c\n", data, byte);
    return unused;
}

int main(void) {
    MUST(pipe(first) == 0 && pipe(second) == 0);
    both(move, ends, NULL);
    return 0;
}
