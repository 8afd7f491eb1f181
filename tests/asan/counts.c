/* counts.c: two threads take blocks, count under a mutex, and give the blocks back. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counted;

static void *work(void *unused) {
    for (int i = 0; i < 1000; i++) {
        char *block = malloc(10);
        pthread_mutex_lock(&lock);
        counted += block != NULL;
        pthread_mutex_unlock(&lock);
        free(block);
    }
    return unused;
}

int main(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("%ld\n", counted);
    return 0;
}
