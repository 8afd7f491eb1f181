/* Barriers: rounds, exactly one serial thread in each, destruction right after the last round. */
#include "show.h"

#define THREADS 4
#define ROUNDS  200
static pthread_barrier_t b;
static int serial[ROUNDS];

static void *rounds(void *arg) {
    for (int i = 0; i < ROUNDS; i++) {
        int result = pthread_barrier_wait(&b);
        if (result == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_add_fetch(&serial[i], 1, __ATOMIC_RELAXED);
        else if (result != 0)
            printf("result %d\n", result);
    }
    return arg;
}

int main(void) {
    SHOW(pthread_barrier_init(&b, NULL, 0));
    SHOW(pthread_barrier_init(&b, NULL, THREADS));
    pthread_t threads[THREADS];
    for (int i = 1; i < THREADS; i++)
        pthread_create(&threads[i], NULL, rounds, NULL);
    rounds(NULL);
    SHOW(pthread_barrier_destroy(&b));
    for (int i = 1; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int once = 0;
    for (int i = 0; i < ROUNDS; i++)
        once += serial[i] == 1;
    printf("rounds with one serial thread %d\n", once);
    SHOW(pthread_barrier_init(&b, NULL, 1));
    SHOW(pthread_barrier_wait(&b));
    SHOW(pthread_barrier_destroy(&b));
    return 5;
}
