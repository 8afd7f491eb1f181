// expect: data-race
// Two threads add to one double.
#include "race.h"

double sum = 1;

void *add(void *unused) {
    sum += 0.5;
    return unused;
}

void *add_later(void *unused) {
    later();
    sum += 0.25;
    return unused;
}

int main(void) {
    both(add, add_later, NULL);
    USE((int)sum);
    return 0;
}
