// expect: data-race
// A thread reads a file by fread into a buffer that another one looks at.
#include "race.h"

char buffer[64];
FILE *file;

void *fill(void *unused) {
    MUST(fread(buffer, 1, sizeof(buffer), file) == sizeof(buffer));
    return unused;
}

void *look(void *unused) {
    later();
    USE(buffer[20]);
    return unused;
}

int main(void) {
    file = fopen("/dev/zero", "r");
    MUST(file);
    both(fill, look, NULL);
    return 0;
}
