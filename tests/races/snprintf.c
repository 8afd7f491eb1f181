// expect: data-race
// A thread prints into a buffer that another one reads.
#include "race.h"

char buffer[100];
int number = 12345;

void *print(void *unused) {
    snprintf(buffer, sizeof(buffer), "number %d", number);
    return unused;
}

void *read_it(void *unused) {
    later();
    USE(buffer[8]);
    return unused;
}

int main(void) {
    both(print, read_it, NULL);
    return 0;
}
