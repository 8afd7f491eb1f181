// expect: data-race
// The memory of a mutex is freed that another thread has used, which nothing puts before that.
#include "race.h"

static void *use_it(void *lock) {
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    return NULL;
}

static void *free_it(void *lock) {
    free(lock);
    return NULL;
}

int main(void) {
    pthread_mutex_t *lock = malloc(sizeof *lock);
    pthread_mutex_init(lock, NULL);
    first_and_then(use_it, free_it, lock);
    return 0;
}
