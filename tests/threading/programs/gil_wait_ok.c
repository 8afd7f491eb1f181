// expect: none
// The GIL is given up around the wait.
#include "program.h"

static threading_gil gil = THREADING_GIL_INIT;
static threading_condition condition = THREADING_CONDITION_INIT;
static bool ready;
static int tid;

static void notify(void *unused) {
    (void)unused;
    await_blocked(&tid, NULL, 0);
    pause_ms(200);
    MUST(threading_condition_acquire(&condition) == 0);
    ready = true;
    MUST(threading_condition_notify(&condition, 1) == 0);
    MUST(threading_condition_release(&condition) == 0);
}

static void wait(void *unused) {
    (void)unused;
    MUST(threading_gil_acquire(&gil) == 0);
    THREADING_ALLOW_THREADS_BEGIN(&gil);
    MUST(threading_condition_acquire(&condition) == 0);
    here_is(&tid);
    while (!ready)
        MUST(threading_condition_wait(&condition, FOREVER) == 0);
    MUST(threading_condition_release(&condition) == 0);
    THREADING_ALLOW_THREADS_END(&gil);
    MUST(threading_gil_release(&gil) == 0);
}

int main(void) {
    threading_thread *one = start(wait, NULL), *other = start(notify, NULL);
    finish(one);
    finish(other);
    return 0;
}
