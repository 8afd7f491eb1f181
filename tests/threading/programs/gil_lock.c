// expect: blocked-holding-gil
// A thread waits long for a contended Lock with the GIL held.
#include "program.h"

static threading_gil gil = THREADING_GIL_INIT;
static threading_lock lock = THREADING_LOCK_INIT;
static threading_event held = THREADING_EVENT_INIT;
static int tid;

static void native(void *unused) {
    (void)unused;
    take(&lock);
    threading_event_set(&held);
    await_blocked(&tid, &lock, sizeof lock);
    pause_ms(400);
    give(&lock);
}

static void python(void *unused) {
    (void)unused;
    MUST(threading_event_wait(&held, FOREVER) == 0);
    MUST(threading_gil_acquire(&gil) == 0);
    here_is(&tid);
    take(&lock);
    give(&lock);
    MUST(threading_gil_release(&gil) == 0);
}

int main(void) {
    threading_thread *one = start(native, NULL), *other = start(python, NULL);
    finish(one);
    finish(other);
    return 0;
}
