// expect: none
// Objects on the stack, with static initialisers, with and without a destroy, over and over.
#include "program.h"

static void one_way(bool destroy) {
    threading_lock a = THREADING_LOCK_INIT, b = THREADING_LOCK_INIT;
    take(&a);
    take(&b);
    give(&b);
    give(&a);
    if (destroy)
        MUST(threading_lock_destroy(&a) == 0 && threading_lock_destroy(&b) == 0);
}

static void other_way(bool destroy) {
    threading_lock a = THREADING_LOCK_INIT, b = THREADING_LOCK_INIT;
    take(&b);
    take(&a);
    give(&a);
    give(&b);
    if (destroy)
        MUST(threading_lock_destroy(&a) == 0 && threading_lock_destroy(&b) == 0);
}

static void work(void *unused) {
    (void)unused;
    for (int i = 0; i < 10; i++) {
        one_way(i & 1);
        other_way(i & 2);
        threading_event done = THREADING_EVENT_INIT;
        threading_event_set(&done);
        MUST(threading_event_wait(&done, FOREVER) == 0);
        threading_semaphore slot = THREADING_SEMAPHORE_INIT;
        MUST(threading_semaphore_acquire(&slot, true, FOREVER) == 0);
        MUST(threading_semaphore_release(&slot, 1) == 0);
        MUST(threading_semaphore_destroy(&slot) == 0);
    }
}

int main(void) {
    for (int i = 0; i < 4; i++)
        run(work, NULL);
    threading_thread *one = start(work, NULL), *other = start(work, NULL);
    finish(one);
    finish(other);
    return 0;
}
