/* threading_gil.c: a GIL keeps threads that compute from scaling, and not those that wait for IO.
 *
 * usage: threading_gil [short]
 * Prints how long 1, 2 and 4 threads take for the same work each.  Under the GIL computing threads
 * take turns, so that n threads take n times as long; what one waits for outside of it, all wait
 * for at once.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "threading.h"

static threading_gil gil = THREADING_GIL_INIT;
static int steps = 400; /* pieces of work a thread has */

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* About a fifth of a millisecond of computing. */
static void compute(void) {
    for (volatile int i = 0; i < 100000; i++) {
    }
}

/* What an interpreter does: a checkpoint between pieces of work. */
static void compute_under_gil(void *unused) {
    (void)unused;
    threading_gil_acquire(&gil);
    for (int i = 0; i < steps; i++) {
        compute();
        threading_gil_checkpoint(&gil);
    }
    threading_gil_release(&gil);
}

/* And around IO: others may run meanwhile. */
static void wait_under_gil(void *unused) {
    (void)unused;
    threading_gil_acquire(&gil);
    for (int i = 0; i < steps / 10; i++) {
        THREADING_ALLOW_THREADS_BEGIN(&gil);
        struct timespec io = {0, 2000000};
        nanosleep(&io, NULL);
        THREADING_ALLOW_THREADS_END(&gil);
    }
    threading_gil_release(&gil);
}

static double time_of(void (*work)(void *), int count) {
    threading_thread *threads[4];
    double start = now();
    for (int i = 0; i < count; i++) {
        if (threading_thread_create(&threads[i], work, NULL, NULL) ||
            threading_thread_start(threads[i]))
            return -1;
    }
    for (int i = 0; i < count; i++) {
        threading_thread_join(threads[i], THREADING_FOREVER);
        threading_thread_destroy(threads[i]);
    }
    return now() - start;
}

static void show(const char *what, void (*work)(void *)) {
    time_of(work, 1); /* a processor that slept needs a moment */
    double one = time_of(work, 1);
    for (int count = 1; count <= 4; count *= 2) {
        double taken = count == 1 ? one : time_of(work, count);
        printf("%-10s %d threads  %6.3f s  %4.1f times as long as one\n", what, count, taken,
               taken / one);
    }
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "short"))
        steps = 40;
    threading_gil_set_name(&gil, "interpreter");
    show("computing", compute_under_gil);
    show("waiting", wait_under_gil);
    printf("the GIL changed hands %llu times\n", (unsigned long long)threading_gil_switches(&gil));
    return 0;
}
