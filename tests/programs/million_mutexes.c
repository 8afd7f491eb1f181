// expect: lock-order-inversion
// A cycle through the last of 1,000,000 mutexes.
#include "program.h"

enum { COUNT = 1000000 };
pthread_mutex_t root = PTHREAD_MUTEX_INITIALIZER, *many;

void *all(void *unused) {
    for (int i = 0; i < COUNT; i++) {
        pthread_mutex_lock(&root);
        pthread_mutex_lock(&many[i]);
        pthread_mutex_unlock(&many[i]);
        pthread_mutex_unlock(&root);
    }
    return unused;
}

void *last_first(void *delay) {
    sem_wait(delay);
    pthread_mutex_lock(&many[COUNT - 1]);
    pthread_mutex_lock(&root);
    pthread_mutex_unlock(&root);
    pthread_mutex_unlock(&many[COUNT - 1]);
    return NULL;
}

int main(void) {
    sem_t go;
    sem_init(&go, 0, 0);
    many = calloc(COUNT, sizeof *many);
    MUST(many);
    pthread_t first = start(all, NULL), second = start(last_first, &go);
    sem_post(&go);
    finish(first);
    finish(second);
    free(many);
    return 0;
}
