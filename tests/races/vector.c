// expect: data-race
// A thread stores 16 bytes at once; another reads a word in the middle of them.
#include "race.h"

typedef int four __attribute__((vector_size(16)));
int numbers[8] __attribute__((aligned(16)));

void *store_four(void *unused) {
    *(four *)&numbers[4] = (four){1, 2, 3, 4};
    return unused;
}

void *read_one(void *unused) {
    later();
    USE(numbers[6]);
    return unused;
}

int main(void) {
    both(store_four, read_one, NULL);
    return 0;
}
