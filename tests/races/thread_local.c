// expect: data-race
// stripped: possible
// A thread hands out the address of its thread-local variable, and both write it.
#include <stdatomic.h>

#include "race.h"

__thread int mine;
_Atomic(int *) published;

void *owner(void *unused) {
    atomic_store(&published, &mine);
    await_unseen(1);
    mine = 1;
    return unused;
}

void *other(void *unused) {
    int *yours;
    while (!(yours = atomic_load(&published)))
        pause_ms(1);
    *yours = 2;
    reach_unseen(1);
    return unused;
}

int main(void) {
    begin_unseen();
    both(owner, other, NULL);
    return 0;
}
