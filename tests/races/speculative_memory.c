// expect: data-race
// stripped: data-race or possible
// A value that is wanted, of which the compiler makes a conditional move from memory.
#include "race.h"

int value;

__attribute__((noinline)) int get(int wanted) {
    return wanted ? value : 3;
}

void *write_it(void *unused) {
    value = 1;
    return unused;
}

void *look(void *unused) {
    later();
    USE(get(unused == NULL));
    return unused;
}

int main(void) {
    both(write_it, look, NULL);
    return 0;
}
