// expect: self-deadlock (hang)
// also: deadlock
// A value of a local is dropped with the lock held that its release function takes.
#include "program.h"

static threading_lock lock = THREADING_LOCK_INIT;
static threading_local local = THREADING_LOCAL_INIT;

static void drop(void *unused) {
    (void)unused;
    threading_lock_acquire(&lock, true, FOREVER);
    threading_lock_release(&lock);
}

static void work(void *unused) {
    (void)unused;
    MUST(threading_local_set(&local, "connection", &local, drop) == 0);
    MUST(threading_lock_acquire(&lock, true, FOREVER) == 0);
    threading_local_del(&local, "connection");
    threading_lock_release(&lock);
}

int main(void) {
    alarm(20);
    finish(start(work, NULL));
    return 0;
}
