// expect: none
// Timers, locals, daemons, dummies and the wait at exit.
#include "program.h"

#include <pthread.h>

static threading_local local = THREADING_LOCAL_INIT;
static threading_lock lock = THREADING_LOCK_INIT;

static void release(void *unused) {
    (void)unused;
    take(&lock);
    give(&lock);
}

static void tick(void *unused) {
    MUST(threading_local_set(&local, "x", unused, release) == 0);
    take(&lock);
    give(&lock);
}

static void *foreign(void *unused) {
    tick(unused);
    MUST(threading_current_thread() != NULL);
    return NULL;
}

static void late(void *unused) {
    (void)unused;
    pause_ms(100);
    tick(NULL);
}

int main(void) {
    threading_timer *timer, *cancelled;
    MUST(threading_timer_create(&timer, 0.02, tick, NULL) == 0);
    MUST(threading_timer_create(&cancelled, 10, tick, NULL) == 0);
    MUST(threading_timer_start(timer) == 0);
    MUST(threading_timer_start(cancelled) == 0);
    MUST(threading_timer_cancel(cancelled) == 0);
    MUST(threading_timer_join(cancelled, FOREVER) == 0);
    MUST(threading_timer_join(timer, FOREVER) == 0);
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, foreign, NULL) == 0);
    MUST(pthread_join(thread, NULL) == 0);
    MUST(threading_timer_destroy(timer) == 0);
    MUST(threading_timer_destroy(cancelled) == 0);
    start(late, NULL);
    return 0;
}
