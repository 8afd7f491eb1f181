// expect: none
// Many threads use statically initialised objects for the first time at once.
#include "program.h"

enum { THREADS = 8, OBJECTS = 64 };
static threading_lock locks[OBJECTS];
static threading_rlock rlocks[OBJECTS];
static threading_barrier all;

static void work(void *unused) {
    (void)unused;
    for (int i = 0; i < OBJECTS; i++) {
        MUST(threading_barrier_wait(&all, FOREVER, NULL) == 0);
        take(&locks[i]);
        take_r(&rlocks[i]);
        give_r(&rlocks[i]);
        give(&locks[i]);
    }
}

int main(void) {
    threading_thread *threads[THREADS];
    MUST(threading_barrier_init(&all, THREADS, NULL, NULL, FOREVER) == 0);
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(work, NULL);
    for (int i = 0; i < THREADS; i++)
        finish(threads[i]);
    return 0;
}
