// expect: deadlock (hang)
// Two threads join each other.
#include "program.h"

static threading_thread *threads[2];
static threading_event go = THREADING_EVENT_INIT;

static void join(void *other) {
    MUST(threading_event_wait(&go, FOREVER) == 0);
    threading_thread_join(threads[*(int *)other], FOREVER);
}

int main(void) {
    alarm(20);
    int zero = 0, one = 1;
    threads[0] = start(join, &one);
    threads[1] = start(join, &zero);
    threading_event_set(&go);
    finish(threads[0]);
    return 0;
}
