/* byte_loop.c: what a check of each access costs byte by byte: a histogram and a checksum.
 * Threads: each has a buffer of its own. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 1 << 20, THREADS = 2 };
static uint8_t buffers[THREADS][SIZE];
static uint32_t histograms[THREADS][256];
static int rounds = 100;

static void *count(void *arg) {
    long me = (long)arg;
    uint8_t *buffer = buffers[me];
    uint32_t *histogram = histograms[me], sum = 0;
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < SIZE; i++) {
            buffer[i] = (uint8_t)(buffer[i] * 31 + sum);
            sum += buffer[i];
            histogram[buffer[i]]++;
        }
    return (void *)(long)sum;
}

int main(int argc, char **argv) {
    if (argc > 1)
        rounds = atoi(argv[1]);
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%u\n", histograms[0][7] + histograms[1][7]);
    return 0;
}
