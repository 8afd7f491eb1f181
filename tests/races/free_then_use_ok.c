// expect: none
// A thread reads a block unless another one has freed it, which both ask under a lock.
#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long *block;

static void *free_it(void *unused) {
    pthread_mutex_lock(&lock);
    free(block);
    block = NULL;
    pthread_mutex_unlock(&lock);
    return unused;
}

static void *read_it(void *unused) {
    later();
    pthread_mutex_lock(&lock);
    if (block)
        USE(block[5]);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    for (int i = 0; i < 2; i++) {
        block = calloc(10, sizeof *block);
        both(free_it, read_it, NULL);
        both(read_it, free_it, NULL);
    }
    return 0;
}
