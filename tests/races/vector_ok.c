// expect: none
// A thread stores 16 bytes at once; another writes the words before and after them.
#include "race.h"

typedef int four __attribute__((vector_size(16), aligned(4)));
int numbers[8] __attribute__((aligned(16)));

void *store_four(void *unused) {
    *(four *)&numbers[2] = (four){1, 2, 3, 4};
    return unused;
}

void *write_around(void *unused) {
    later();
    numbers[1] = 5;
    numbers[6] = 6;
    return unused;
}

int main(void) {
    both(store_four, write_around, NULL);
    printf("%d\n", numbers[1] + numbers[5] + numbers[6]);
    return 0;
}
