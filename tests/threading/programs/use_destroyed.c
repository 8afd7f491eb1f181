// expect: use-after-destroy
// An RLock is used after it was destroyed.
#include "program.h"

static threading_rlock lock;

static void use(void *unused) {
    (void)unused;
    take_r(&lock);
    give_r(&lock);
}

int main(void) {
    MUST(threading_rlock_init(&lock) == 0);
    run(use, NULL);
    MUST(threading_rlock_destroy(&lock) == 0);
    run(use, NULL);
    return 0;
}
