/* matmul.c: what a check of each access costs where memory is read far more often than written.
 * Threads: each has rows of the result of its own; the factors are shared. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 360, THREADS = 2 };
static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

static void *rows(void *arg) {
    long first = (long)arg;
    for (int i = (int)first; i < SIZE; i += THREADS)
        for (int j = 0; j < SIZE; j++) {
            double sum = 0;
            for (int k = 0; k < SIZE; k++)
                sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
    return NULL;
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 10;
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) {
            a[i][j] = i + j;
            b[i][j] = i - j;
        }
    for (int round = 0; round < rounds; round++) {
        pthread_t threads[THREADS];
        for (long i = 0; i < THREADS; i++)
            pthread_create(&threads[i], NULL, rows, (void *)i);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
    }
    printf("%.0f\n", c[SIZE / 2][SIZE / 3]);
    return 0;
}
