/* barrier_action.c: three threads fill an array, and a barrier's action adds it up each round; they
 * read the sum.  With an argument two of them use one more variable when all is over, in no order.
 */
#include <stdio.h>

#include "tests/programs/program.h"
#include "threading.h"

enum { THREADS = 3, ROUNDS = 20 };

static threading_barrier barrier;
static int parts[THREADS], sum, rounds, left, racy;

static void add_up(void *unused) {
    (void)unused;
    rounds++;
    sum = 0;
    for (int i = 0; i < THREADS; i++)
        sum += parts[i];
}

static void *work(void *number) {
    intptr_t me = (intptr_t)number;
    for (int round = 1; round <= ROUNDS; round++) {
        parts[me] = round;
        MUST(threading_barrier_wait(&barrier, THREADING_FOREVER, NULL) == 0);
        MUST(sum == THREADS * round);
        MUST(threading_barrier_wait(&barrier, THREADING_FOREVER, NULL) == 0);
    }
    if (racy && me)
        left++;
    return NULL;
}

int main(int argc, char **argv) {
    (void)argv;
    racy = argc > 1;
    MUST(threading_barrier_init(&barrier, THREADS, add_up, NULL, THREADING_FOREVER) == 0);
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        threads[i] = start(work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        finish(threads[i]);
    MUST(threading_barrier_destroy(&barrier) == 0);
    printf("%d\n", rounds);
    return 0;
}
