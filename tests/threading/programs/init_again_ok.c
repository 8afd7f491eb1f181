// expect: none
// Objects that are initialised again without a destroy, while nobody uses them.
#include "program.h"

static threading_lock lock;
static threading_event event;

static void use(void *unused) {
    (void)unused;
    take(&lock);
    give(&lock);
    threading_event_set(&event);
    MUST(threading_event_wait(&event, FOREVER) == 0);
}

int main(void) {
    for (int i = 0; i < 3; i++) {
        MUST(threading_lock_init(&lock) == 0 && threading_event_init(&event) == 0);
        run(use, NULL);
        MUST(threading_lock_destroy(&lock) == 0 && threading_event_destroy(&event) == 0);
    }
    return 0;
}
