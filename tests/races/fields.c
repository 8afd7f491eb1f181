// expect: data-race
// Two threads fill the same structure in, each with values of its own.
#include "race.h"

struct point {
    int x, y, z;
} * point;

__attribute__((noinline)) void fill_in(struct point *target, int from) {
    target->x = from;
    SHARED(target);
    target->y = from + 1;
    SHARED(target);
    target->z = from + 2;
}

void *first(void *unused) {
    fill_in(point, 10);
    return unused;
}

void *second(void *unused) {
    later();
    fill_in(point, 20);
    return unused;
}

int main(void) {
    point = calloc(1, sizeof *point);
    both(first, second, NULL);
    printf("%d\n", point->x != 0);
    free(point);
    return 0;
}
