/* big_heap.c: 100 MB of heap, all of it touched by two threads: what it takes in memory.
 * Threads: each writes half. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { MEGABYTES = 100, THREADS = 2 };
static long *heap;
static const size_t words = (size_t)MEGABYTES * 1024 * 1024 / sizeof(long);

static void *fill(void *arg) {
    long me = (long)arg;
    for (size_t i = (size_t)me * words / THREADS; i < (size_t)(me + 1) * words / THREADS; i++)
        heap[i] = (long)i;
    return NULL;
}

int main(void) {
    heap = malloc(words * sizeof *heap);
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, fill, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%ld\n", heap[words - 1]);
    return 0;
}
