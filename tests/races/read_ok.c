// expect: none
// A read that got 50 bytes wrote only these: the rest of the buffer is another thread's.
#include "race.h"

int ends[2];
char buffer[100];

void *fill(void *unused) {
    MUST(read(ends[0], buffer, sizeof(buffer)) == 50);
    return unused;
}

void *write_rest(void *unused) {
    later();
    buffer[50] = 1;
    buffer[99] = 1;
    return unused;
}

int main(void) {
    char data[50] = "x";
    MUST(pipe(ends) == 0 && write(ends[1], data, sizeof(data)) == 50);
    both(fill, write_rest, NULL);
    printf("%d\n", buffer[50] + buffer[99]);
    return 0;
}
