// expect: data-race
// stripped: possible
// A thread hands out the address of its thread-local variable, and both write it.
#include <stdatomic.h>

#include "race.h"

__thread int mine;
_Atomic(int *) published;

void *owner(void *unused) {
    atomic_store(&published, &mine);
    later();
    mine = 1;
    later();
    return unused;
}

void *other(void *unused) {
    int *yours;
    while (!(yours = atomic_load(&published)))
        pause_ms(1);
    *yours = 2;
    return unused;
}

int main(void) {
    both(owner, other, NULL);
    return 0;
}
