// expect: none
// Memory that one thread wrote and freed comes back, cleared, to another one.
#include "race.h"

void *write_and_free(void *unused) {
    long *block = malloc(4096);
    memset(block, 1, 4096);
    SHARED(block);
    free(block);
    return unused;
}

void *clear_and_read(void *unused) {
    later();
    long *block = calloc(512, sizeof(long));
    USE(block[100]);
    free(block);
    return unused;
}

int main(void) {
    both(write_and_free, clear_and_read, NULL);
    return 0;
}
