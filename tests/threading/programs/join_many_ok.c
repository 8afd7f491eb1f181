// expect: none
// A thread may be joined many times, by many, and in vain.
#include "program.h"

static threading_event go = THREADING_EVENT_INIT;
static threading_thread *worker;

static void work(void *unused) {
    (void)unused;
    MUST(threading_event_wait(&go, FOREVER) == 0);
}

static void join(void *unused) {
    (void)unused;
    MUST(threading_thread_join(worker, FOREVER) == 0);
    MUST(threading_thread_join(worker, 0.5) == 0);
}

int main(void) {
    worker = start(work, NULL);
    MUST(threading_thread_join(worker, 0.05) == ETIMEDOUT);
    threading_thread *one = start(join, NULL), *other = start(join, NULL);
    pause_ms(50);
    threading_event_set(&go);
    finish(one);
    finish(other);
    join(NULL);
    MUST(threading_thread_destroy(worker) == 0);
    return 0;
}
