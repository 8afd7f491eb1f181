// expect: none
// Two threads write the same word of a heap block under one mutex.
#include "race.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *add(void *block) {
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&lock);
        ((int *)block)[3]++;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void) {
    int *block = calloc(8, sizeof(int));
    both(add, add, block);
    printf("%d\n", block[3]);
    free(block);
    return 0;
}
