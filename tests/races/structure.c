// expect: data-race
// One thread assigns a whole structure, another reads a field of it.
#include "race.h"

struct big {
    long fields[40];
} source, target;

void *assign(void *unused) {
    target = source;
    SHARED(&target);
    return unused;
}

void *read_field(void *unused) {
    later();
    USE(target.fields[31]);
    return unused;
}

int main(void) {
    both(assign, read_field, NULL);
    return 0;
}
