// expect: none
// Producers and consumers on two Conditions of one Lock, and notify_all at the end.
#include "program.h"

enum { SIZE = 4, ITEMS = 300 };
static threading_lock lock = THREADING_LOCK_INIT;
static threading_condition not_empty, not_full;
static int count, taken;
static bool closed;

static void produce(void *unused) {
    (void)unused;
    for (int i = 0; i < ITEMS; i++) {
        take(&lock);
        while (count == SIZE)
            MUST(threading_condition_wait(&not_full, FOREVER) == 0);
        count++;
        MUST(threading_condition_notify(&not_empty, 1) == 0);
        give(&lock);
    }
}

static void consume(void *unused) {
    (void)unused;
    take(&lock);
    for (;;) {
        while (!count && !closed)
            threading_condition_wait(&not_empty, 0.5);
        if (!count)
            break;
        count--;
        taken++;
        MUST(threading_condition_notify(&not_full, 1) == 0);
    }
    give(&lock);
}

int main(void) {
    MUST(threading_condition_init_with_lock(&not_empty, &lock) == 0);
    MUST(threading_condition_init_with_lock(&not_full, &lock) == 0);
    threading_thread *threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = start(i < 2 ? produce : consume, NULL);
    finish(threads[0]);
    finish(threads[1]);
    take(&lock);
    closed = true;
    MUST(threading_condition_notify_all(&not_empty) == 0);
    give(&lock);
    finish(threads[2]);
    finish(threads[3]);
    printf("%d\n", taken);
    return 0;
}
