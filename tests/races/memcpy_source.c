// expect: data-race
// A thread copies from a buffer by memcpy while another writes it.
#include "race.h"

char source[400], target[400];
size_t size = sizeof(source);

void *copy(void *unused) {
    memcpy(target, source, size);
    return unused;
}

void *write_it(void *unused) {
    later();
    source[200] = 1;
    return unused;
}

int main(void) {
    both(copy, write_it, NULL);
    return 0;
}
