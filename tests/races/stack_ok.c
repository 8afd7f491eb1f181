// expect: none
// A thread writes a variable on main's stack, which main reads after it joined it.
#include "race.h"

void *fill(void *result) {
    *(int *)result = 7;
    return NULL;
}

int main(void) {
    int result = 0;
    finish(start(fill, &result));
    printf("%d\n", result);
    return 0;
}
