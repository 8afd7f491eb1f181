// expect: none
// An RLock may be taken again.
#include "program.h"

static threading_rlock lock = THREADING_RLOCK_INIT;

static void nested(void *unused) {
    (void)unused;
    for (int i = 0; i < 3; i++)
        take_r(&lock);
    for (int i = 0; i < 3; i++)
        give_r(&lock);
}

int main(void) {
    threading_thread *one = start(nested, NULL), *other = start(nested, NULL);
    finish(one);
    finish(other);
    return 0;
}
