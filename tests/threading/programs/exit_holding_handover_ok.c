// expect: none
// A thread ends with a Lock that another one releases later.
#include "program.h"

static threading_lock lock = THREADING_LOCK_INIT;

static void takes(void *unused) {
    (void)unused;
    take(&lock);
}

static void gives(void *unused) {
    (void)unused;
    give(&lock);
}

int main(void) {
    run(takes, NULL);
    run(gives, NULL);
    return 0;
}
