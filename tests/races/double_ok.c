// expect: none
// Each thread adds in a variable of its own; main adds these up after both ended.
#include "race.h"

void *add(void *sum) {
    for (int i = 0; i < 100; i++)
        *(double *)sum += 0.5;
    return NULL;
}

int main(void) {
    double sums[2] = {0, 0};
    pthread_t first = start(add, &sums[0]), second = start(add, &sums[1]);
    finish(first);
    finish(second);
    printf("%g\n", sums[0] + sums[1]);
    return 0;
}
