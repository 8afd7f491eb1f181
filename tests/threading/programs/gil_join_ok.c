// expect: none
// The GIL is given up around the join.
#include "program.h"

static threading_gil gil = THREADING_GIL_INIT;
static threading_event go = THREADING_EVENT_INIT;
static threading_thread *worker;
static int tid;

static void work(void *unused) {
    (void)unused;
    MUST(threading_event_wait(&go, FOREVER) == 0);
    await_blocked(&tid, NULL, 0);
    pause_ms(200);
}

static void python(void *unused) {
    (void)unused;
    MUST(threading_gil_acquire(&gil) == 0);
    threading_event_set(&go);
    here_is(&tid);
    THREADING_ALLOW_THREADS_BEGIN(&gil);
    MUST(threading_thread_join(worker, FOREVER) == 0);
    THREADING_ALLOW_THREADS_END(&gil);
    MUST(threading_gil_release(&gil) == 0);
}

int main(void) {
    worker = start(work, NULL);
    run(python, NULL);
    MUST(threading_thread_destroy(worker) == 0);
    return 0;
}
