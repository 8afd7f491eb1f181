// expect: data-race
// A thread writes a variable on main's stack, which main reads without waiting for it.
#include "race.h"

void *fill(void *result) {
    *(int *)result = 7;
    return NULL;
}

int main(void) {
    int result = 0;
    pthread_t thread = start(fill, &result);
    later();
    int early = result;
    finish(thread);
    USE(early);
    return 0;
}
