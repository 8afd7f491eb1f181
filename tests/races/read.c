// expect: data-race
// A thread reads from a pipe into a buffer that another one looks at.
#include "race.h"

int ends[2];
char buffer[100];

void *fill(void *unused) {
    MUST(read(ends[0], buffer, sizeof(buffer)) == 50);
    return unused;
}

void *look(void *unused) {
    later();
    USE(buffer[20]);
    return unused;
}

int main(void) {
    char data[50] = "x";
    MUST(pipe(ends) == 0 && write(ends[1], data, sizeof(data)) == 50);
    both(fill, look, NULL);
    return 0;
}
