// expect: deadlock (hang)
// also: lost-wakeup
// A Condition is waited on with another Lock held that its notifier needs.
#include "program.h"

static threading_lock outer = THREADING_LOCK_INIT;
static threading_condition inner = THREADING_CONDITION_INIT;
static int ready;

static bool is_ready(void *unused) {
    (void)unused;
    return ready;
}

static void consume(void *unused) {
    (void)unused;
    MUST(threading_lock_acquire(&outer, true, FOREVER) == 0);
    reach(1);
    MUST(threading_condition_acquire(&inner) == 0);
    threading_condition_wait_for(&inner, is_ready, NULL, FOREVER);
    threading_condition_release(&inner);
    threading_lock_release(&outer);
}

static void produce(void *unused) {
    (void)unused;
    MUST(threading_lock_acquire(&outer, true, FOREVER) == 0);
    MUST(threading_condition_acquire(&inner) == 0);
    ready = 1;
    threading_condition_notify_all(&inner);
    threading_condition_release(&inner);
    threading_lock_release(&outer);
}

int main(void) {
    alarm(20);
    threading_thread *one = start(consume, NULL);
    await(1);
    threading_thread *two = start(produce, NULL);
    finish(one);
    finish(two);
    return 0;
}
