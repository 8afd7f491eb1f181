// expect: lock-order-inversion
// A Semaphore with a static initialiser, used as a lock, and a Lock in opposite orders.
#include "program.h"

static threading_lock lock = THREADING_LOCK_INIT;
static threading_semaphore slot = THREADING_SEMAPHORE_INIT;

static void take_slot(void) {
    MUST(threading_semaphore_acquire(&slot, true, FOREVER) == 0);
}

static void give_slot(void) {
    MUST(threading_semaphore_release(&slot, 1) == 0);
}

static void lock_first(void *unused) {
    (void)unused;
    take(&lock);
    take_slot();
    give_slot();
    give(&lock);
    reach(1);
}

static void slot_first(void *unused) {
    (void)unused;
    take_slot();
    take(&lock);
    give(&lock);
    give_slot();
}

int main(void) {
    threading_thread *one = start(lock_first, NULL);
    await(1);
    threading_thread *other = start(slot_first, NULL);
    finish(one);
    finish(other);
    MUST(threading_semaphore_destroy(&slot) == 0);
    return 0;
}
