/* threading_phases.c: workers that compute in phases, kept in step by a Barrier.
 *
 * Correct.  Each phase averages the neighbours of the phase before; the Barrier's action swaps the
 * two arrays, once a phase, while all workers wait.
 */
#include <stdio.h>

#include "threading.h"

enum { WORKERS = 4, EACH = 8, CELLS = WORKERS * EACH, PHASES = 200 };

static threading_barrier barrier;
static double cells[2][CELLS];
static int now;

static void swap(void *unused) {
    (void)unused;
    now = !now;
}

static void work(void *unused) {
    (void)unused;
    unsigned place;
    /* The index of the first round is as good a number for a worker as any. */
    threading_barrier_wait(&barrier, THREADING_FOREVER, &place);
    for (int phase = 0; phase < PHASES; phase++) {
        const double *from = cells[now];
        double *to = cells[!now];
        for (unsigned i = place * EACH; i < (place + 1) * EACH; i++)
            to[i] = (from[(i + CELLS - 1) % CELLS] + from[i] + from[(i + 1) % CELLS]) / 3;
        threading_barrier_wait(&barrier, THREADING_FOREVER, NULL);
    }
}

int main(void) {
    threading_thread *threads[WORKERS];
    cells[1][0] = CELLS; /* the first round swaps, too */
    if (threading_barrier_init(&barrier, WORKERS, swap, NULL, THREADING_FOREVER))
        return 1;
    threading_barrier_set_name(&barrier, "end of phase");
    for (int i = 0; i < WORKERS; i++) {
        if (threading_thread_create(&threads[i], work, NULL, NULL) ||
            threading_thread_start(threads[i]))
            return 1;
    }
    for (int i = 0; i < WORKERS; i++) {
        threading_thread_join(threads[i], THREADING_FOREVER);
        threading_thread_destroy(threads[i]);
    }
    threading_barrier_destroy(&barrier);
    double sum = 0;
    for (int i = 0; i < CELLS; i++)
        sum += cells[now][i];
    printf("sum %.3f, first cell %.3f\n", sum, cells[now][0]);
    return 0;
}
