// expect: data-race
// A producer goes on writing a block that it gave away through a locked queue.
#include "race.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int *box;

void *produce(void *unused) {
    int *block = calloc(1, sizeof(int));
    pthread_mutex_lock(&lock);
    box = block;
    pthread_mutex_unlock(&lock);
    *block = 2;
    SHARED(block);
    return unused;
}

void *consume(void *unused) {
    int *block = NULL;
    while (!block) {
        pause_ms(10);
        pthread_mutex_lock(&lock);
        block = box;
        pthread_mutex_unlock(&lock);
    }
    later();
    USE(*block);
    return unused;
}

int main(void) {
    both(produce, consume, NULL);
    free(box);
    return 0;
}
