// expect: data-race
// A thread copies a text by strcpy into a buffer that another one reads by strlen.
#include "race.h"

char source[100] = "a text of some length", target[100];

void *copy(void *unused) {
    SHARED(source);
    strcpy(target, source);
    SHARED(target);
    return unused;
}

void *measure(void *unused) {
    later();
    SHARED(target);
    USE((int)strlen(target));
    return unused;
}

int main(void) {
    both(copy, measure, NULL);
    return 0;
}
