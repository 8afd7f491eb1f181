// expect: data-race
// tsan: crash
// why: libtsan of gcc 12 does not know thrd_create, so that its own state is missing in such a
// thread.
//
// C11 threads: one takes the mutex, the other one does not.
#include <threads.h>

#include "race.h"

mtx_t lock;
int value;

int locked(void *unused) {
    (void)unused;
    mtx_lock(&lock);
    value = 1;
    mtx_unlock(&lock);
    return 0;
}

int unlocked(void *unused) {
    (void)unused;
    later();
    value = 2;
    return 0;
}

int main(void) {
    thrd_t first, second;
    mtx_init(&lock, mtx_plain);
    MUST(thrd_create(&first, locked, NULL) == thrd_success);
    MUST(thrd_create(&second, unlocked, NULL) == thrd_success);
    thrd_join(first, NULL);
    thrd_join(second, NULL);
    return 0;
}
