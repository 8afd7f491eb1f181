// expect: deadlock (hang)
// A thread waits on a Condition with an outer Lock held that the notifier needs.
#include "program.h"

static threading_lock outer = THREADING_LOCK_INIT;
static threading_condition condition = THREADING_CONDITION_INIT;

static void wait(void *unused) {
    (void)unused;
    take(&outer);
    reach(1);
    MUST(threading_condition_acquire(&condition) == 0);
    threading_condition_wait(&condition, FOREVER);
    threading_condition_release(&condition);
    give(&outer);
}

static void notify(void *unused) {
    (void)unused;
    take(&outer);
    MUST(threading_condition_acquire(&condition) == 0);
    threading_condition_notify(&condition, 1);
    threading_condition_release(&condition);
    give(&outer);
}

int main(void) {
    alarm(20);
    threading_thread *one = start(wait, NULL);
    await(1);
    threading_thread *other = start(notify, NULL);
    finish(one);
    finish(other);
    return 0;
}
