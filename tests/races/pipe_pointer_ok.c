// expect: none
// Blocks wander through a pipe as pointers.
#include "race.h"

int ends[2];

void *produce(void *unused) {
    for (int i = 0; i < 20; i++) {
        int *block = malloc(sizeof(int));
        *block = i;
        MUST(write(ends[1], &block, sizeof(block)) == sizeof(block));
    }
    return unused;
}

void *consume(void *unused) {
    int sum = 0;
    for (int i = 0; i < 20; i++) {
        int *block;
        MUST(read(ends[0], &block, sizeof(block)) == sizeof(block));
        sum += *block;
        free(block);
    }
    printf("%d\n", sum);
    return unused;
}

int main(void) {
    MUST(pipe(ends) == 0);
    both(produce, consume, NULL);
    return 0;
}
