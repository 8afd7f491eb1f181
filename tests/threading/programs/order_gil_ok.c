// expect: none
// The GIL is given up around the native lock.
#include "program.h"

static threading_gil gil = THREADING_GIL_INIT;
static threading_lock lock = THREADING_LOCK_INIT;

static void python_first(void *unused) {
    (void)unused;
    MUST(threading_gil_acquire(&gil) == 0);
    THREADING_ALLOW_THREADS_BEGIN(&gil);
    take(&lock);
    give(&lock);
    THREADING_ALLOW_THREADS_END(&gil);
    MUST(threading_gil_release(&gil) == 0);
    reach(1);
}

static void native_first(void *unused) {
    (void)unused;
    take(&lock);
    MUST(threading_gil_acquire(&gil) == 0);
    MUST(threading_gil_release(&gil) == 0);
    give(&lock);
}

int main(void) {
    threading_thread *one = start(python_first, NULL);
    await(1);
    threading_thread *other = start(native_first, NULL);
    finish(one);
    finish(other);
    return 0;
}
