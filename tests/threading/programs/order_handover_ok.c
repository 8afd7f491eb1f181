// expect: none
// A Lock that another thread has released is not held when the next one is taken.
#include "program.h"

static threading_lock signal_lock = THREADING_LOCK_INIT, data = THREADING_LOCK_INIT;

static void give_signal(void *unused) {
    (void)unused;
    give(&signal_lock);
}

static void waits(void *unused) {
    (void)unused;
    take(&signal_lock);
    run(give_signal, NULL);
    take(&data);
    give(&data);
    reach(1);
}

static void other_order(void *unused) {
    (void)unused;
    take(&data);
    take(&signal_lock);
    give(&signal_lock);
    give(&data);
}

int main(void) {
    threading_thread *one = start(waits, NULL);
    await(1);
    threading_thread *other = start(other_order, NULL);
    finish(one);
    finish(other);
    return 0;
}
